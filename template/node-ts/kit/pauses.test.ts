import { expect, it } from 'vitest';
import { exponentialBackoff } from '#kit/backoff';
import { parseRetryAfter } from '#kit/retry-after';
import { TokenBucket } from '#kit/token-bucket';

it('a pause doubles with each failure, up to the longest', () => {
  const pauses = [1, 2, 3, 4, 5_000].map((failures) => exponentialBackoff(failures, { first: 500, longest: 3_000 }));
  expect(pauses).toEqual([500, 1_000, 2_000, 3_000, 3_000]);
  expect(exponentialBackoff(5_000, { first: 0, longest: 3_000 })).toBe(0);
});

it.each([
  ['3', 3_000],
  [' 0 ', 0],
  ['Thu, 01 Jan 1970 00:01:00 GMT', 50_000],
  ['Thu, 01 Jan 1970 00:00:01 GMT', 0],
  ['soon', 0],
  ['', 0],
  [undefined, 0],
])('Retry-After: %j asks for %d ms', (header, ms) => {
  expect(parseRetryAfter(header, 10_000)).toBe(ms);
});

it('a bucket allows a burst, then what refills it, and tells how long to wait', () => {
  let now = 0;
  const bucket = new TokenBucket({ capacity: 2, perMinute: 6 }, () => now);
  const take = () => bucket.take();
  expect([take(), take(), take()]).toEqual([0, 0, 10]);
  now = 10_000;
  expect([take(), take()]).toEqual([0, 10]);
  now = 3_600_000;
  expect([take(), take(), take()]).toEqual([0, 0, 10]);
});
