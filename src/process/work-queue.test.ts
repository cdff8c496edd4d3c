import { expect, test } from 'vitest';
import { workBudget } from './memory.ts';
import { createWorkQueue } from './work-queue.ts';

const SMALL = { bytes: 64 * 1024, pixels: 10_000 };
const LARGE = { bytes: 64 * 2 ** 20, pixels: 6_000_000 };
const ALL = { ...LARGE, bytes: workBudget.total };
const settled = () => new Promise((resolve) => setTimeout(resolve, 20));

/** Work that goes on until it is told to end. */
function endless() {
  let running = 0;
  const ends: (() => void)[] = [];
  const work = (): Promise<void> => {
    running += 1;
    return new Promise((resolve) => {
      ends.push(resolve);
    });
  };
  return { work, running: () => running, endAll: () => ends.splice(0).forEach((end) => void end()) };
}

test('small work is done while large work holds every place, however long ago that came', async () => {
  const queue = createWorkQueue();
  const large = endless();
  const all = Array.from({ length: 30 }, () => queue(LARGE, large.work));
  await settled();
  expect(large.running()).toBeGreaterThan(0);
  const now = performance.now.bind(performance);
  performance.now = () => now() + 60_000;
  try {
    expect(await queue(SMALL, async () => 'done')).toBe('done');
    expect(await Promise.all([1, 2, 3].map((n) => queue(SMALL, async () => n)))).toEqual([1, 2, 3]);
  } finally {
    performance.now = now;
  }
  for (let round = 0; round < 30; round++) {
    large.endAll();
    await settled();
  }
  await Promise.all(all);
});

test('small work is done while large work, or unread answers, hold all memory', async () => {
  const queue = createWorkQueue();
  const large = endless();
  const first = queue(ALL, large.work);
  const waiting = queue(ALL, large.work);
  await settled();
  const unread = workBudget.charge(workBudget.total);
  expect(large.running()).toBe(1);
  expect(await queue(SMALL, async () => 'done')).toBe('done');
  unread();
  large.endAll();
  await first;
  await settled();
  large.endAll();
  await waiting;
});
