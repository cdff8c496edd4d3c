import { expect, test } from 'vitest';
import { createLimiter } from '#platform/limiter';

const settled = () => new Promise((resolve) => setImmediate(resolve));

/** Work that ends when told. */
function pieces(count: number) {
  const ends: (() => void)[] = [];
  const piece = (index: number) => () =>
    new Promise<number>((resolve) => {
      ends[index] = () => resolve(index);
    });
  return { work: Array.from({ length: count }, (_, index) => piece(index)), ends };
}

test('so much runs, so much waits, the rest is told to come back', async () => {
  const limited = createLimiter({ running: 2, waiting: 1 });
  const { work, ends } = pieces(4);
  const results = work.slice(0, 3).map((piece) => limited(piece));
  await expect(limited(work[3]!)).rejects.toMatchObject({ code: 'busy', status: 429, headers: { 'retry-after': '1' } });
  expect(ends.length).toBe(2);
  ends[0]?.();
  await settled();
  expect(ends.length).toBe(3);
  ends[1]?.();
  ends[2]?.();
  expect(await Promise.all(results)).toEqual([0, 1, 2]);
});

test('failed work gives its place back', async () => {
  const limited = createLimiter({ running: 1, waiting: 0 });
  await expect(limited(() => Promise.reject(new Error('no')))).rejects.toThrow('no');
  expect(await limited(async () => 'yes')).toBe('yes');
});

test('who leaves the line loses the place, and nobody else does', async () => {
  const limited = createLimiter({ running: 1, waiting: 2 });
  const { work, ends } = pieces(2);
  const first = limited(work[0]!);
  const leaving = new AbortController();
  const left = limited(async () => 'never', leaving.signal);
  const second = limited(work[1]!);
  leaving.abort();
  await expect(left).rejects.toMatchObject({ name: 'AbortError' });
  ends[0]?.();
  await settled();
  ends[1]?.();
  expect(await Promise.all([first, second])).toEqual([0, 1]);
});

test('a large piece takes several places, is not passed by small ones, and fits in the end whatever its size', async () => {
  const limited = createLimiter({ running: 2, waiting: 5 });
  const { work, ends } = pieces(4);
  const results = [limited(work[0]!), limited(work[1]!, undefined, 9), limited(work[2]!), limited(work[3]!)];
  await settled();
  expect(ends.length).toBe(1);
  ends[0]?.();
  await settled();
  expect(ends.length).toBe(2);
  ends[1]?.();
  await settled();
  expect(ends.length).toBe(4);
  ends[2]?.();
  ends[3]?.();
  expect(await Promise.all(results)).toEqual([0, 1, 2, 3]);
});

test('when a large piece leaves the line, those behind it go on', async () => {
  const limited = createLimiter({ running: 2, waiting: 5 });
  const { work, ends } = pieces(2);
  const first = limited(work[0]!);
  const leaving = new AbortController();
  const left = limited(async () => 'never', leaving.signal, 2);
  const second = limited(work[1]!);
  leaving.abort();
  await expect(left).rejects.toMatchObject({ name: 'AbortError' });
  await settled();
  expect(ends.length).toBe(2);
  ends[0]?.();
  ends[1]?.();
  expect(await Promise.all([first, second])).toEqual([0, 1]);
});
