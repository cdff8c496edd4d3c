import { expect, test } from 'vitest';
import { parseOptions } from '#contract/options';
import { edge, step } from '../../../test/pictures.ts';
import { transformOne } from '../transform-in-child.ts';
import { blur } from './blur.ts';

test('blur softens an edge, the more the larger its sigma, and leaves flat areas', async () => {
  const input = await step(64, 100, 200).png().toBuffer();
  const jumps = [];
  for (const sigma of [0.6, 2, 6]) {
    const { jump, left, right } = await edge(
      (await transformOne(input, 'blur', parseOptions(blur.options, { sigma }))).bytes,
    );
    expect([left, right]).toEqual([100, 200]);
    jumps.push(jump);
  }
  expect(jumps).toEqual([...jumps].sort((a, b) => b - a));
  expect(jumps[0]).toBeLessThan(100);
  expect(jumps[2]).toBeLessThan(10);
});
