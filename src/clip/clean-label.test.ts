import { expect, test } from 'vitest';
import { cleanText } from './clean-label.ts';

test.each([
  ['c\u200Bat', 'cat'],
  ['cat\u200F\u2060', 'cat'],
  ['c\u00ADa\u200Dt\u200C\uFEFF', 'cat'],
  ['ca\0t', 'cat'],
  ['cat\u034F\u3164', 'cat'],
  ['red\u00A0\t\ncar ', 'red car'],
  ['cafe\u0301', 'caf\u00e9'],
  ['👩\u200D👧', '👩\u200D👧'],
  ['❤\uFE0F', '❤\uFE0F'],
  ['\u200B', ''],
])('%j is %j', (text, clean) => {
  expect(cleanText(text)).toBe(clean);
});
