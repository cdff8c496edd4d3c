import { expect, test } from 'vitest';
import { isInQuotes, joinLabels, splitLabels } from './label-text.ts';

test.each([
  ['cat, dog,red car', ['cat', 'dog', 'red car']],
  ['cat\ndog\r\nred car\n', ['cat', 'dog', 'red car']],
  ['cat\tdog\tred car', ['cat', 'dog', 'red car']],
  ['cat; dog', ['cat', 'dog']],
  ['cat,dog\nhorse,\tcow', ['cat', 'dog', 'horse', 'cow']],
  ['"red, white and blue", cat', ['red, white and blue', 'cat']],
  ['a\n"Paris, France"\t"two\nlines"', ['a', 'Paris, France', 'two lines']],
  ['"say ""cheese"""', ['say "cheese"']],
  ['5" screen, 7" screen', ['5" screen', '7" screen']],
  ['"red" car, dog', ['"red" car', 'dog']],
  ['"never closed, dog', ['"never closed', 'dog']],
  ['cat, cat , , ,  two   words', ['cat', 'two words']],
  [' \n\t,', []],
  ['', []],
])('%j is %j', (text, labels) => {
  expect(splitLabels(text)).toEqual(labels);
});

test('what is joined is read back', () => {
  const labels = ['cat', 'red, white; blue', '"quoted" at first', 'say "cheese"', 'a "b", c'];
  for (const separator of [', ', '\n', '\t']) expect(splitLabels(joinLabels(labels, separator))).toEqual(labels);
});

test('knows when a quoted label is still being written', () => {
  expect(['"red', ' "red, white', '"a ""b""'].map(isInQuotes)).toEqual([true, true, true]);
  expect(['red', '5" screen', '"red"', '"red" ', '""'].map(isInQuotes)).toEqual([false, false, false, false, false]);
});

test('a long list takes no longer than its length', () => {
  const open = `"${'a,'.repeat(100_000)}`;
  expect(splitLabels(open)).toEqual(['"a', 'a']);
});
