import type { AnswerState } from '#contract/classification';
import { Problem } from '#contract/problems';
import { type ConfidenceRules, stateOf } from './confidence.ts';
import { dot } from './vectors.ts';

export interface ScoredLabel {
  label: string;
  /** Share among the given labels: softmax of logit scale × cosine, so all of them add up to 1. */
  score: number;
  /** Likeness of picture and label, independent of the other labels. */
  cosine: number;
}

export interface Scoring {
  /** The best ones, best first. */
  labels: ScoredLabel[];
  /** Sure of the best label, not sure of it, or probably none of the labels. */
  state: AnswerState;
  /** The state is none. */
  unknown: boolean;
}

export interface ScoringRules extends ConfidenceRules {
  logitScale: number;
  /** How many labels to give back. */
  top: number;
}

/**
 * Compares a picture with labels.
 * @param picture embedding of length 1
 * @param labels at least one, each with its embedding of length 1
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
  // Measured from the best one, the exponentials cannot overflow.
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

/** Where the `count` largest values are, largest first. A sort of all would cost more than all the cosines. */
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

/** Pictures compared with one text. */
export interface Ranking<T> {
  /** As they were given, with what their likeness to the text is; a problem stays what it is. */
  pictures: ((Omit<T, 'vectors'> & { score: number; cosine: number }) | Problem)[];
  /** Places of those that could be read, the most like first. */
  order: number[];
}

/** Compares one text with pictures: softmax over those that could be read. All vectors are of length 1. */
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
