import { describe, expect, it, test } from 'vitest';
import { createLimiter, createSemaphore } from '#process/limiter';

const settled = () => new Promise((resolve) => setImmediate(resolve));

/** Work that ends on demand. */
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

test('a caller who leaves the queue loses its place, and nobody else does', async () => {
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

describe('a semaphore', () => {
  it('is not passed by small ones, gives all there is to who wants more, and takes nothing back twice', async () => {
    const semaphore = createSemaphore(2, 5);
    const first = await semaphore.take(1);
    const got: string[] = [];
    const large = semaphore.take(9).then((back) => [got.push('large'), back] as const);
    const small = semaphore.take(1).then((back) => [got.push('small'), back] as const);
    await settled();
    expect(got).toEqual([]);
    first();
    first();
    const [, giveBack] = await large;
    await settled();
    expect(got).toEqual(['large']);
    giveBack();
    await small;
    expect(got).toEqual(['large', 'small']);
  });

  it('lets callers go on who waited behind one that left', async () => {
    const semaphore = createSemaphore(2, 5);
    await semaphore.take(1);
    const leaving = new AbortController();
    const left = semaphore.take(2, leaving.signal);
    const small = semaphore.take(1);
    leaving.abort();
    await expect(left).rejects.toMatchObject({ name: 'AbortError' });
    await small;
  });

  it('counts what is there already, however much it is', async () => {
    const semaphore = createSemaphore(2, 0);
    const giveBack = semaphore.charge(5);
    await expect(semaphore.take(1)).rejects.toMatchObject({ code: 'busy' });
    giveBack();
    await semaphore.take(2);
  });
});

test('who is late lets others pass who come soon after, and no others', async () => {
  const places = createSemaphore(1, 8);
  const first = await places.take(1);
  const order: string[] = [];
  const wait = async (name: string, late: number): Promise<void> => {
    const giveBack = await places.take(1, undefined, late);
    order.push(name);
    giveBack();
  };
  const now = performance.now.bind(performance);
  const all = [wait('large', 5_000), wait('small', 0), wait('larger', 9_000)];
  performance.now = () => now() + 6_000;
  all.push(wait('small, later', 0));
  performance.now = now;
  first();
  await Promise.all(all);
  expect(order).toEqual(['small', 'large', 'small, later', 'larger']);
});

test('a queue full of late callers refuses no others', async () => {
  const places = createSemaphore(1, 2);
  const first = await places.take(1);
  const late = [places.take(1, undefined, 5_000), places.take(1, undefined, 5_000)];
  await expect(places.take(1, undefined, 5_000)).rejects.toMatchObject({ code: 'busy' });
  const prompt = places.take(1);
  first();
  (await prompt)();
  for (const one of late) (await one)();
});

test('spare units go to who is not late, one after the other, and only while late callers hold the rest', async () => {
  const places = createSemaphore(2, 8, 1);
  const order: string[] = [];
  const hold = async (name: string, late: number): Promise<() => void> => {
    const giveBack = await places.take(1, undefined, late);
    order.push(name);
    return giveBack;
  };
  const [one, two] = await Promise.all([hold('large 1', 9_000), hold('large 2', 9_000)]);
  const third = hold('large 3', 1);
  const now = performance.now.bind(performance);
  performance.now = () => now() + 60_000;
  const small = await hold('small 1', 0);
  const next = hold('small 2', 0);
  performance.now = now;
  await settled();
  expect(order).toEqual(['large 1', 'large 2', 'small 1']);
  small();
  const last = await next;
  expect(order.at(-1)).toBe('small 2');
  one();
  await settled();
  // Three units are still held, and two are there for large callers.
  expect(order.at(-1)).toBe('small 2');
  last();
  const large = await third;
  for (const giveBack of [large, two]) giveBack();
  expect(order).toEqual(['large 1', 'large 2', 'small 1', 'small 2', 'large 3']);
});

test('a stream of small callers does not keep large ones from theirs', async () => {
  const bytes = createSemaphore(10, 8, 3);
  const first = await bytes.take(8, undefined, Number.MIN_VALUE);
  const waiting = bytes.take(8, undefined, Number.MIN_VALUE);
  const small = await bytes.take(2);
  const another = bytes.take(2);
  let went = false;
  void another.then(() => {
    went = true;
  });
  await settled();
  expect(went).toBe(false);
  first();
  await waiting;
  small();
  await another;
});

test('what is reserved is there for nobody, and leaves a quarter', async () => {
  const places = createSemaphore(100, 8);
  places.reserve(30);
  expect(places.total).toBe(70);
  const all = await places.take(90);
  let more = false;
  const waiting = places.take(1).then(() => {
    more = true;
  });
  await settled();
  expect(more).toBe(false);
  all();
  await waiting;
  places.reserve(1_000);
  expect(places.total).toBe(25);
});
