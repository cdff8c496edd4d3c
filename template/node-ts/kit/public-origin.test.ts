import { expect, test } from 'vitest';
import { publicOrigin } from '#kit/public-origin';

test.each([
  [{ host: '127.0.0.1:8080' }, 'http://127.0.0.1:8080'],
  [{ host: '[::1]:8080' }, 'http://[::1]:8080'],
  [{ host: 'inside', 'x-forwarded-host': 'example.org' }, 'http://example.org'],
  [{ host: 'a', 'x-forwarded-host': 'example.org, proxy', 'x-forwarded-proto': 'HTTPS,http' }, 'https://example.org'],
  [{ host: 'a', 'x-forwarded-proto': 'javascript' }, 'http://a'],
  [{}, ''],
  [{ host: '' }, ''],
  [{ host: 'a/b' }, ''],
  [{ host: 'a"onload=' }, ''],
  [{ host: 'user@a' }, ''],
  [{ host: `${'a.'.repeat(30_000)}!` }, ''],
])('%.80j is %j', (headers, origin) => {
  expect(publicOrigin(headers)).toBe(origin);
});
