import { afterEach, describe, expect, test, vi } from 'vitest';
import { FunctionCallError } from '#client/function-errors';
import { isPassing, withTries } from '#client/retry';
import { Problem } from '#contract/problems';

const signal = new AbortController().signal;
const answered = (status: number, platform = false, headers = {}) =>
  new FunctionCallError('function-failed', 'It failed.', { headers }, { status, platform });

/** Fails so often, then gives what it got. */
function failing(times: number, error: () => Error) {
  const given: number[] = [];
  return {
    given,
    work: async (timeoutMs: number) => {
      given.push(timeoutMs);
      if (given.length <= times) throw error();
      return 'done';
    },
  };
}

const within = (ms: number) => ({ deadline: performance.now() + ms, signal });
afterEach(() => vi.restoreAllMocks());

describe('withTries', () => {
  test.each([429, 502, 503, 504])('a %i is tried three times in all', async (status) => {
    vi.spyOn(Math, 'random').mockReturnValue(0);
    const twice = failing(2, () => answered(status));
    expect(await withTries(twice.work, within(5_000))).toBe('done');
    const always = failing(9, () => answered(status));
    await expect(withTries(always.work, within(5_000))).rejects.toMatchObject({ answered: status });
    expect(always.given).toHaveLength(3);
  });

  test.each([400, 404, 413, 415, 422, 500])('a %i is not tried again', async (status) => {
    const once = failing(9, () => answered(status));
    await expect(withTries(once.work, within(5_000))).rejects.toMatchObject({ answered: status });
    expect(once.given).toHaveLength(1);
  });

  test('what the platform says in a function’s place is tried again, a fault of ours is not', () => {
    expect(isPassing(answered(500, true))).toBe(true);
    expect(isPassing(new Problem('timed-out', 'Late.'))).toBe(true);
    expect(isPassing(new Error('a fault'))).toBe(false);
  });

  test('Retry-After is waited for; one beyond the deadline ends it at once', async () => {
    const started = performance.now();
    const asked = failing(1, () => answered(429, false, { 'retry-after': '1' }));
    await withTries(asked.work, within(5_000));
    expect(performance.now() - started).toBeGreaterThan(990);
    const late = failing(9, () => answered(503, false, { 'retry-after': new Date(Date.now() + 60_000).toUTCString() }));
    const before = performance.now();
    await expect(withTries(late.work, within(30_000))).rejects.toThrow();
    expect([late.given.length, performance.now() - before < 15_000]).toEqual([1, true]);
  });

  test('a try leaves time for the next; the last gets all of it', async () => {
    vi.spyOn(Math, 'random').mockReturnValue(0);
    const { given, work } = failing(2, () => answered(502));
    await withTries(work, within(9_000));
    expect(given.map((ms) => Math.round(ms / 1_000))).toEqual([6, 6, 9]);
  });

  test('pauses end when the caller leaves', async () => {
    const leave = new AbortController();
    const { work } = failing(9, () => answered(503, false, { 'retry-after': '30' }));
    setTimeout(() => leave.abort(), 50);
    const started = performance.now();
    await expect(withTries(work, { deadline: started + 90_000, signal: leave.signal })).rejects.toThrow(/abort/i);
    expect(performance.now() - started).toBeLessThan(15_000);
  });
});
