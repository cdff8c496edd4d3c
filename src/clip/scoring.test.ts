import { expect, test } from 'vitest';
import { Problem } from '#contract/problems';
import { rank, score } from './scoring.ts';
import { meanDirection, normaliseRow } from './vectors.ts';

const unit = (...values: number[]) => {
  const row = Float32Array.from(values);
  normaliseRow(row);
  return row;
};
const names = ['a', 'b', 'c'];
const vectors = [unit(0, 1), unit(1, 0), unit(1, 1)];
const rules = { logitScale: 100, top: 3, modelMinCosine: 0 };

test('sorts by cosine and shares out by softmax over all labels', () => {
  const { labels } = score(unit(1, 0), names, vectors, { ...rules, logitScale: 2 });
  expect(labels.map(({ label }) => label)).toEqual(['b', 'c', 'a']);
  expect(labels.map(({ cosine }) => cosine)).toEqual([1, expect.closeTo(Math.SQRT1_2, 6), 0]);
  const weights = [Math.exp(2), Math.exp(2 * Math.SQRT1_2), 1];
  const sum = weights.reduce((a, b) => a + b);
  labels.forEach(({ score }, i) => {
    expect(score).toBeCloseTo(weights[i]! / sum, 6);
  });
});

test('top cuts the list, not the sum', () => {
  const all = score(unit(1, 0.2), names, vectors, rules).labels;
  expect(score(unit(1, 0.2), names, vectors, { ...rules, top: 1 }).labels).toEqual(all.slice(0, 1));
});

test('a huge logit scale overflows nothing', () => {
  const { labels } = score(unit(1, 0), names, vectors, { ...rules, logitScale: 1000 });
  expect(labels.map(({ score }) => score)).toEqual([1, expect.any(Number), 0]);
});

test('one label gets everything, however little it is like the picture; the cosine tells', () => {
  expect(score(unit(1, 0), ['a'], [unit(0.01, 1)], rules).labels[0]).toMatchObject({ score: 1 });
  expect(score(unit(1, 0), ['a'], [unit(0.01, 1)], { ...rules, modelMinCosine: 0.2 }).unknown).toBe(true);
  expect(score(unit(1, 0), ['a'], [unit(0.5, 1)], { ...rules, modelMinCosine: 0.2 }).unknown).toBe(false);
});

test('a bound of 0 is no bound, even when all cosines are negative', () => {
  expect(score(unit(-1, 0), ['b'], [unit(1, 0)], rules).unknown).toBe(false);
});

test('the mean of directions is one', () => {
  expect(Array.from(meanDirection([unit(1, 0), unit(0, 1)]))).toEqual([
    expect.closeTo(Math.SQRT1_2, 6),
    expect.closeTo(Math.SQRT1_2, 6),
  ]);
});

test.each([
  [0, 0],
  [Number.NaN, 1],
  [Infinity, 1],
])('a vector (%d, %d) has no direction', (...values) => {
  expect(() => unit(...values)).toThrow(/without a direction/);
});

test('all of a long list come back sorted, and its best few are the same ones', () => {
  const many = Array.from({ length: 500 }, (_, i) => unit(Math.sin(i * 7.3), Math.cos(i * 7.3)));
  const labels = many.map((_, i) => `${i}`);
  const all = score(unit(1, 0.3), labels, many, { ...rules, top: 500 }).labels;
  expect(new Set(all.map(({ label }) => label)).size).toBe(500);
  expect(all.map(({ cosine }) => cosine)).toEqual(all.map(({ cosine }) => cosine).sort((a, b) => b - a));
  expect(score(unit(1, 0.3), labels, many, { ...rules, top: 7 }).labels).toEqual(all.slice(0, 7));
});

test('pictures are ranked among those that could be read', () => {
  const bad = new Problem('picture-damaged', 'It is.');
  const given = [{ vectors: unit(0, 1) }, bad, { vectors: unit(1, 0.1) }];
  const { pictures, order } = rank(unit(1, 0), given, 10);
  expect(order).toEqual([2, 0]);
  expect(pictures[1]).toBe(bad);
  const scores = [pictures[0], pictures[2]].map((one) => (one as { score: number }).score);
  expect(scores[0]! + scores[1]!).toBeCloseTo(1, 6);
  expect(scores[1]).toBeGreaterThan(scores[0]!);
});
