import { expect, test } from 'vitest';
import { RECENT_MS, RecentCalls } from './recent-calls.ts';

test('quantiles and endings of recent calls, by function and of all', () => {
  let now = 0;
  const recent = new RecentCalls(() => now);
  expect(recent.summary('a')).toEqual({
    count: 0,
    failed: 0,
    refused: 0,
    p50: undefined,
    p95: undefined,
    p99: undefined,
  });
  recent.add('a', 200, 999);
  now = RECENT_MS + 1;
  for (let n = 1; n <= 100; n++) recent.add('a', n <= 3 ? 503 : 200, n);
  recent.add('b', 499, 7);
  recent.add('b', 404, 7);
  expect(recent.summary('a')).toEqual({ count: 100, failed: 3, refused: 0, p50: 50, p95: 95, p99: 99 });
  expect(recent.summary('a', 'b', 'none')).toMatchObject({ count: 102, failed: 3, refused: 2 });
});

test('however many there are, the newest of each are kept', () => {
  const recent = new RecentCalls(() => 0);
  for (let n = 0; n < 10_000; n++) recent.add('a', 200, n);
  expect(recent.summary('a')).toMatchObject({ count: 1000, p50: 9499 });
});
