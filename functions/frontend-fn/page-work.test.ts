import { expect, test } from 'vitest';
import { history } from './page/history.ts';
import { paced } from './page/paced.ts';

/* Undo and redo, and work that follows a slider. */

test('what was undone can be redone until something new is done', () => {
  const past = history('a', (one, other) => one === other);
  expect([past.canUndo(), past.canRedo(), past.undo()]).toEqual([false, false, undefined]);
  for (const state of ['b', 'b', 'c']) past.push(state);
  expect([past.undo(), past.undo(), past.undo()]).toEqual(['b', 'a', undefined]);
  expect(past.redo()).toBe('b');
  past.push('d');
  expect([past.canRedo(), past.redo(), past.undo(), past.undo()]).toEqual([false, undefined, 'b', 'a']);
});

test('one piece of work at a time, and one more for all that changed meanwhile', async () => {
  const ends: (() => void)[] = [];
  const work = paced(() => new Promise<void>((resolve) => ends.push(resolve)));
  for (let count = 0; count < 5; count++) work.again();
  expect(ends).toHaveLength(1);
  ends[0]?.();
  await expect.poll(() => ends.length).toBe(2);
  ends[1]?.();
  await new Promise((resolve) => setImmediate(resolve));
  expect(ends).toHaveLength(2);
});

test('what is stopped is told so, and nothing follows it', async () => {
  const signals: AbortSignal[] = [];
  const work = paced(
    (signal) =>
      new Promise<void>((resolve) => {
        signals.push(signal);
        signal.addEventListener('abort', () => resolve());
      }),
  );
  work.again();
  work.again();
  work.stop();
  expect(signals.map(({ aborted }) => aborted)).toEqual([true]);
  await new Promise((resolve) => setImmediate(resolve));
  expect(signals).toHaveLength(1);
  work.again();
  expect(signals).toHaveLength(2);
});
