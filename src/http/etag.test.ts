import { expect, test } from 'vitest';
import { isFresh } from './etag.ts';

test.each([
  ['"a"', '"a"', true],
  ['"b", "a"', '"a"', true],
  ['W/"a"', '"a"', true],
  ['"a"', 'W/"a"', true],
  [' * ', '"a"', true],
  ['"*"', '"a"', false],
  ['"b"', '"a"', false],
  ['', '"a"', false],
  [undefined, '"a"', false],
])('If-None-Match: %s of %s: %s', (asked, etag, fresh) => {
  expect(isFresh(asked === undefined ? {} : { 'if-none-match': asked }, etag)).toBe(fresh);
});
