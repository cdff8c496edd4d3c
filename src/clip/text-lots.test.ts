import { expect, test } from 'vitest';
import { inputsOf, lotsOf } from './text-lots.ts';

/** Texts of so many tokens each. */
const texts = (...lengths: number[]) => lengths.map((length, i) => Array.from({ length }, (_, at) => 10 * i + at + 1));

test('texts of equal lengths run together, at most so many; each is in one run', () => {
  const lots = lotsOf(texts(3, 5, 3, 3, 5, 4), { together: 2, variableLength: true });
  expect(lots.map((lot) => lot.length)).toEqual([2, 1, 1, 2]);
  expect(lots.flat().sort()).toEqual([0, 1, 2, 3, 4, 5]);
  expect(lots.at(-1)).toEqual([1, 4]);
});

test('without lengths of their own, all run together', () => {
  expect(lotsOf(texts(3, 5, 4), { together: 8 }).map((lot) => lot.length)).toEqual([3]);
  expect(lotsOf(texts(3, 5, 4), { together: 1 }).map((lot) => lot.length)).toEqual([1, 1, 1]);
  expect(lotsOf([], { together: 4 })).toEqual([]);
});

test('the order in which texts come does not change which run together', () => {
  const some = texts(3, 3, 3, 3, 4);
  const runs = (all: number[][]) =>
    lotsOf(all, { together: 2, variableLength: true }).map((lot) => lot.map((place) => String(all[place])));
  expect(runs(some.toReversed())).toEqual(runs(some));
});

test('texts are padded to the context length, or not at all', () => {
  const fixed = inputsOf(texts(2, 3), { contextLength: 4, padId: 9 });
  expect(Array.from(fixed.ids, Number)).toEqual([1, 2, 9, 9, 11, 12, 13, 9]);
  expect(Array.from(fixed.mask, Number)).toEqual([1, 1, 0, 0, 1, 1, 1, 0]);
  expect(fixed.dims).toEqual([2, 4]);
  const own = inputsOf(texts(2, 2), { contextLength: 4, padId: 9, variableLength: true });
  expect(Array.from(own.ids, Number)).toEqual([1, 2, 11, 12]);
  expect(Array.from(own.mask, Number)).toEqual([1, 1, 1, 1]);
  expect(own.dims).toEqual([2, 2]);
});
