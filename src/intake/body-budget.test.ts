import { PassThrough } from 'node:stream';
import { expect, test, vi } from 'vitest';
import type { FunctionEvent } from '#handler';
import { bodyBudget } from '#process/memory';
import { eventOf } from '../../test/events.ts';
import { readBody } from './body.ts';
import { held, withinBudget } from './body-budget.ts';

const MIB = 1024 * 1024;
const limits = { maxBytes: 32 * MIB, maxPixels: 1 };

/** A request that declares a length, and sends nothing by itself. */
function declaring(length: number): FunctionEvent<PassThrough> {
  const headers = { 'content-type': 'image/png', 'content-length': String(length) };
  return { ...eventOf({ headers }), body: new PassThrough() };
}

const reading = ({ body }: FunctionEvent<PassThrough>) => readBody(body, 64 * MIB);

test('large bodies that stand still are broken off when another needs their room; small ones never wait', async () => {
  const held = Math.ceil(bodyBudget.total / limits.maxBytes);
  const slow = Array.from({ length: held }, () => declaring(limits.maxBytes));
  const stuck = slow.map((event) => withinBudget(event, limits, () => reading(event)).catch((error) => error));
  const small = declaring(3);
  small.body.end('abc');
  expect(String(await withinBudget(small, limits, () => reading(small)))).toBe('abc');
  const large = declaring(8 * MIB);
  large.body.end('came at once');
  // Those that stand still have no time at all here.
  const now = performance.now.bind(performance);
  performance.now = () => now() + 60_000;
  try {
    expect(String(await withinBudget(large, limits, () => reading(large)))).toBe('came at once');
    expect(await stuck[0]).toMatchObject({ code: 'busy', headers: { 'retry-after': '5' } });
  } finally {
    performance.now = now;
    for (const { body } of slow) body.destroy();
    await Promise.all(stuck);
  }
});

test('a body that is slow to come gives the place of its request up, and has it again when it is here', async () => {
  const event = declaring(3);
  const calls: string[] = [];
  const place = {
    pause: () => void calls.push('pause'),
    resume: () => void calls.push('resume'),
    leave: () => void calls.push('leave'),
  };
  const answer = withinBudget({ ...event, place }, limits, () => reading(event));
  await vi.waitFor(() => expect(calls).toEqual(['pause']), 5_000);
  event.body.end('abc');
  expect(String(await answer)).toBe('abc');
  expect(calls).toEqual(['pause', 'resume']);
});

test('what is brought in is held until the answer is gone', async () => {
  let answered = () => {};
  const finished = new Promise<void>((resolve) => {
    answered = resolve;
  });
  const { signal } = new AbortController();
  const bytes = Buffer.alloc(1_000_000);
  await held(limits.maxBytes, { signal, finished }, async () => bytes);
  let free = false;
  const all = bodyBudget.take(bodyBudget.total, signal).then((giveBack) => {
    free = true;
    giveBack();
  });
  await new Promise((resolve) => setImmediate(resolve));
  expect(free).toBe(false);
  answered();
  await all;
});
