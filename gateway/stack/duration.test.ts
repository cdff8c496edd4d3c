import { expect, it } from 'vitest';
import { parseDuration, showDuration } from './duration.ts';
import { bareName, isFunctionName } from './names.ts';

it.each([
  ['30', 30_000],
  ['1m30s', 90_000],
  ['1.5s', 1500],
  ['250ms', 250],
  ['1h', 3_600_000],
  ['0', 0],
  ['100us', 0.1],
  ['', undefined],
  ['soon', undefined],
  ['-1s', undefined],
  ['1d', undefined],
  ['5 s', undefined],
])('parseDuration(%j) is %j', (text, ms) => {
  expect(parseDuration(text)).toBe(ms);
});

it.each([
  [85.4, '85 ms'],
  [1500, '1.5 s'],
  [900_000, '15 min'],
])('showDuration(%d) is %s', (ms, text) => {
  expect(showDuration(ms)).toBe(text);
});

it.each([
  ['clip-fn', true],
  ['a', true],
  ['9', true],
  ['a'.repeat(63), true],
  ['a'.repeat(64), false],
  ['', false],
  ['-a', false],
  ['a-', false],
  ['A', false],
  ['a_b', false],
  ['a.b', false],
  ['a\n', false],
])('isFunctionName(%j) is %j', (name, valid) => {
  expect(isFunctionName(name)).toBe(valid);
});

it('a name may carry the namespace, and no other', () => {
  expect(['clip-fn', 'clip-fn.openfaas-fn', 'clip-fn.other', '.openfaas-fn'].map(bareName)).toEqual([
    'clip-fn',
    'clip-fn',
    'clip-fn.other',
    '',
  ]);
});
