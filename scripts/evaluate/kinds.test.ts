import { describe, expect, test } from 'vitest';
import { judgeFewShot } from './few-shot.ts';
import { judgeSearch } from './search.ts';
import { isReached, suiteReport } from './suite.ts';
import { judgeSynonyms } from './synonyms.ts';
import type { Embedded } from './vectors.ts';

/** In a plane: degrees → a vector of length 1. */
const at = (degrees: number) =>
  Float32Array.of(Math.cos((degrees * Math.PI) / 180), Math.sin((degrees * Math.PI) / 180));
const photo = (degrees: number, labels: string[] = [], texts?: string[]): Embedded => ({
  sample: { set: 'x', labels, ...(texts && { texts }), read: async () => Buffer.alloc(0) },
  vector: at(degrees),
});

test('synonyms: of pictures that either word wins, those that both win', () => {
  const texts = new Map([
    ['sofa', at(0)],
    ['couch', at(10)],
    ['table', at(40)],
    ['desk', at(90)],
    ['lamp', at(120)],
  ]);
  const pictures = [0, 5, 22, 60, 110].map(at);
  const pairs = [['sofa', 'couch'] as const, ['table', 'desk'] as const, ['unheard', 'of'] as const];
  const { same, nearest, pairs: each } = judgeSynonyms(pictures, ['sofa', 'table', 'lamp'], pairs, texts);
  // 0 and 5 degrees are a sofa's by either word; 22 only a couch's. "desk" wins 60 as "table" does, and 22 not.
  expect(each.map(({ won, same: both }) => [won, both])).toEqual([
    [3, 2],
    [2, 1],
  ]);
  expect(same).toBeCloseTo(3 / 5, 9);
  expect(each.map((one) => one.nearest)).toEqual([true, false]);
  expect(nearest).toBe(0.5);
});

test('search: the place of the right picture among all, also among those without a sentence', () => {
  const pictures = [photo(0, [], ['east']), photo(90, [], ['north']), photo(80), photo(85), photo(95)];
  const figures = judgeSearch(
    pictures,
    new Map([
      ['east', at(10)],
      ['north', at(79)],
    ]),
  );
  expect(figures).toMatchObject({ pictures: 5, sentences: 2, first: 0.5, three: 1 });
  expect(figures.found.map(({ rank }) => rank)).toEqual([1, 3]);
  expect(figures.reciprocal).toBeCloseTo((1 + 1 / 3) / 2, 9);
});

describe('classes by example', () => {
  const names = ['a', 'b', 'c', 'd', 'e', 'f'];
  const spread = (by: number) =>
    names.flatMap((name, i) => [-2, -1, 0, 1, 2].map((k) => photo(i * 55 + k * by, [name])));

  test('that lie apart are told apart, and what is none of them is told', () => {
    // Each class along an axis of its own, its pictures a little to the side of it.
    const along = (axis: number, aside: number) => {
      const vector = Float32Array.from(names, (_, i) => (i === axis ? 1 : i === (axis + 1) % 6 ? aside : 0));
      const length = Math.hypot(...vector);
      return { ...photo(0, [names[axis] as string]), vector: vector.map((value) => value / length) };
    };
    const apart = names.flatMap((_, axis) => [-0.2, -0.1, 0, 0.1, 0.2].map((aside) => along(axis, aside)));
    const figures = judgeFewShot(apart, { classes: 2, shots: 3 }, 30);
    expect(figures).toMatchObject({ classes: 2, shots: 3, words: false, top1: 1, rightNone: 0, absentSure: 0 });
    expect(figures.rightSure).toBe(1);
    expect(figures.episodes).toBeGreaterThan(300);
    expect(judgeFewShot(apart, { classes: 2, shots: 3 }, 30)).toEqual(figures);
  });

  test('that lie in each other are not; words help', () => {
    const mixed = judgeFewShot(spread(60), { classes: 5, shots: 1 }, 30);
    const texts = new Map(names.map((name, i) => [name, at(i * 55)]));
    expect(mixed.top1).toBeLessThan(0.7);
    expect(judgeFewShot(spread(20), { classes: 5, shots: 1 }, 30, texts).top1).toBeGreaterThan(
      judgeFewShot(spread(20), { classes: 5, shots: 1 }, 30).top1,
    );
  });

  test('with too few pictures for so many examples are not judged', () => {
    expect(judgeFewShot(spread(2), { classes: 2, shots: 5 }, 30).episodes).toBe(0);
  });
});

test('a suite’s bars', () => {
  expect([
    isReached(0.8, '>= 80'),
    isReached(0.799, '>=80'),
    isReached(0.05, '<= 5'),
    isReached(0.051, '<= 5'),
  ]).toEqual([true, false, true, false]);
  const set = { name: 'my photos', kind: 'search' as const, data: 'x', bars: { three: '>= 80' } };
  const judged = { pictures: 60, figures: { first: 0.5, three: 0.7 }, detail: 'more' };
  const report = suiteReport('clip-mini', [{ set, judged }]);
  expect(report).toContain('| my photos | 60 | first | 50.0 |  |  |');
  expect(report).toContain('| my photos | 60 | three | 70.0 | >= 80 | no |');
  expect(report).toContain('## my photos\n\nmore');
  expect(() => suiteReport('x', [{ set: { ...set, bars: { best: '>= 1' } }, judged }])).toThrow(/no figure "best"/);
});
