import { expect, test } from 'vitest';
import { confidenceSpec } from '../../src/clip/confidence.ts';
import { drawLabels, fitConfidence, judgeConfidence, type Photo } from './confidence.ts';

/** Photos whose own name has a cosine around 0.5 and others around 0.2, as a model that knows something gives them. */
function photos(seed: number): Photo[] {
  const wave = (x: number) => Math.sin(x * 12.9898 + seed) * 0.15;
  return Array.from({ length: 400 }, (_, photo) => ({
    cosines: Float32Array.from(
      { length: 60 },
      (_, name) => (name === photo % 60 ? 0.5 : 0.2) + wave(photo * 61 + name),
    ),
    truth: photo % 60,
    alsoRight: [(photo + 1) % 60],
  }));
}
const counts = [1, 2, 5, 20, 50];
const drawn = (seed: number) => counts.map((count) => drawLabels(photos(seed), count, 20, 3));

test('bounds keep both promises on photos they were not fitted on, and a manifest takes them', () => {
  const confidence = fitConfidence(drawn(0));
  expect(confidenceSpec.parse(confidence)).toEqual(confidence);
  for (const figures of drawn(1).map((draws) => judgeConfidence(draws, { confidence, modelMinCosine: 0 }))) {
    expect(figures.rightNone).toBeLessThanOrEqual(0.05);
    expect(figures.absentSure).toBeLessThanOrEqual(0.4);
    expect(figures.rightSure).toBeGreaterThan(0.5);
  }
});

test('an answer that is wrong though its name is among the labels is seldom called sure', () => {
  // Every third photo looks like another name, about as much as photos look like their own.
  const alike = photos(0).map((photo, i) => {
    const cosines = photo.cosines.slice();
    if (i % 3 === 0) cosines[(photo.truth + 7) % 60] = (cosines[photo.truth] as number) + 0.01;
    return { ...photo, cosines };
  });
  const draws = [20, 50].map((count) => drawLabels(alike, count, 20, 3));
  const confidence = fitConfidence(draws);
  for (const figures of draws.map((drawn) => judgeConfidence(drawn, { confidence, modelMinCosine: 0 }))) {
    expect(figures.top1).toBeLessThan(0.95);
    expect(figures.wrongSure).toBeLessThanOrEqual(0.31);
  }
});

test('draws are the same in each run, and names that are right too are never offered', () => {
  const [draws] = [drawLabels(photos(0), 5, 20, 2)];
  expect(drawLabels(photos(0), 5, 20, 2)).toEqual(draws);
  const cosines = Float32Array.of(0.1, 0.2, 0.9);
  const { absent, offered } = drawLabels([{ cosines, truth: 0, alsoRight: [2] }], 1, 20, 4);
  expect(new Set(absent.map(({ cosine }) => cosine))).toEqual(new Set([cosines[1]]));
  expect(offered.every(({ right }) => right)).toBe(true);
});

test('more labels than there are wrong names are not drawn', () => {
  expect(drawLabels(photos(0), 59, 20, 1)).toMatchObject({ offered: [], absent: [] });
});
