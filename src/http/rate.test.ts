import { expect, test } from 'vitest';
import { createRate } from '#http/rate';

test('a burst is taken, then so many a minute; it says how long to wait', () => {
  let now = 0;
  const rate = createRate({ perMinute: 6, burst: 3 }, () => now);
  for (let times = 0; times < 3; times++) rate();
  expect(rate).toThrow(expect.objectContaining({ code: 'busy', headers: { 'retry-after': '10' } }));
  now = 10_001;
  rate();
  expect(rate).toThrow();
  now = 3_600_000;
  for (let times = 0; times < 3; times++) rate();
  expect(rate).toThrow();
});
