import type { AnswerState } from '#contract/classification';
import { Problem } from '#contract/problems';
import { type ConfidenceRules, stateOf } from './confidence.ts';
import { dot } from './vectors.ts';

export interface ScoredLabel {
  label: string;
  /** Share among the labels: softmax of logit scale × cosine. All shares add up to 1. */
  score: number;
  /** Similarity of picture and label, independent of the other labels. */
  cosine: number;
}

export interface Scoring {
  /** The top labels, best first. */
  labels: ScoredLabel[];
  /** `sure` of the best label, `unsure` of it, or probably `none` of the labels. */
  state: AnswerState;
  /** Whether the state is `none`. */
  unknown: boolean;
}

export interface ScoringRules extends ConfidenceRules {
  logitScale: number;
  /** How many labels to return. */
  top: number;
}

/**
 * Compares a picture with labels.
 * @param picture embedding of length 1
 * @param labels at least one
 * @param vectors one embedding of length 1 per label
 */
export function score(
  picture: Float32Array,
  labels: readonly string[],
  vectors: readonly Float32Array[],
  { logitScale, top, ...confidence }: ScoringRules,
): Scoring {
  const cosines = new Float64Array(vectors.length);
  let best = -Infinity;
  for (let i = 0; i < cosines.length; i += 1) {
    const cosine = dot(picture, vectors[i] as Float32Array);
    cosines[i] = cosine;
    if (cosine > best) best = cosine;
  }
  // Relative to the best cosine, the exponentials cannot overflow.
  const weight = (i: number) => Math.exp(logitScale * ((cosines[i] as number) - best));
  let sum = 0;
  for (let i = 0; i < cosines.length; i += 1) sum += weight(i);
  const state = stateOf({ cosine: best, score: 1 / sum, labels: labels.length }, confidence);
  return {
    labels: largest(cosines, top).map((i) => ({
      label: labels[i] as string,
      score: weight(i) / sum,
      cosine: cosines[i] as number,
    })),
    state,
    unknown: state === 'none',
  };
}

/** The indexes of the `count` largest values, largest first. Sorting all values would cost more than computing them. */
function largest(values: Float64Array, count: number): number[] {
  const places: number[] = [];
  const at = (rank: number) => values[places[rank] as number] as number;
  for (let i = 0; i < values.length; i += 1) {
    const value = values[i] as number;
    if (places.length === count && value <= at(count - 1)) continue;
    let rank = places.length;
    while (rank > 0 && at(rank - 1) < value) rank -= 1;
    places.splice(rank, 0, i);
    if (places.length > count) places.pop();
  }
  return places;
}

/** The result of comparing pictures with one text. */
export interface Ranking<T> {
  /** In the given order, each with its similarity to the text; problems are passed through. */
  pictures: ((Omit<T, 'vectors'> & { score: number; cosine: number }) | Problem)[];
  /** Indexes of the readable pictures, most similar first. */
  order: number[];
}

/** Compares one text with pictures, by a softmax over the readable ones. All vectors have length 1. */
export function rank<T extends { vectors: Float32Array }>(
  text: Float32Array,
  pictures: readonly (T | Problem)[],
  logitScale: number,
): Ranking<T> {
  const cosines = Float64Array.from(pictures, (one) => (one instanceof Problem ? -Infinity : dot(text, one.vectors)));
  const best = cosines.reduce((a, b) => Math.max(a, b), -Infinity);
  const weight = (cosine: number) => Math.exp(logitScale * (cosine - best));
  const sum = cosines.reduce((total, cosine) => total + (cosine === -Infinity ? 0 : weight(cosine)), 0);
  return {
    pictures: pictures.map((one, i) => {
      if (one instanceof Problem) return one;
      const { vectors: _, ...rest } = one;
      const cosine = cosines[i] as number;
      return { ...rest, score: weight(cosine) / sum, cosine };
    }),
    order: largest(cosines, cosines.length).filter((i) => cosines[i] !== -Infinity),
  };
}
