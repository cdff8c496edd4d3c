import { expect, test } from 'vitest';
import { progress } from './page/progress.ts';

/* Which step of which picture is being worked on, by the events of a run. */

const STEPS = [
  { name: 'denoise', function: 'denoise-fn' },
  { name: 'classify', function: 'clip-fn' },
  { name: 'cutout', function: 'cutout-fn' },
  { name: 'classify2', function: 'clip-fn', sees: 'original' },
];

test('a step is current once its input is there, and until it is done', () => {
  const going = progress(2);
  expect(going.current(0)).toEqual([]);
  going.begun(STEPS);
  expect(going.current(0)).toEqual(['denoise', 'classify2']);
  going.step(0, 'denoise', false);
  // Labels are no input: the step after them works on the same picture.
  expect(going.current(0)).toEqual(['classify', 'cutout', 'classify2']);
  expect(going.current(1)).toEqual(['denoise', 'classify2']);
  going.step(0, 'classify2', false);
  going.step(0, 'cutout', true);
  expect(going.current(0)).toEqual([]);
  going.picture(1);
  expect(going.current(1)).toEqual([]);
  expect([going.done(), going.current(7)]).toEqual([3, []]);
});
