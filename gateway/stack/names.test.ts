import { expect, it } from 'vitest';
import { bareName, isFunctionName } from './names.ts';

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
