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
  /** No label comes near enough: the best cosine is below the bound. */
  unknown: boolean;
}

export interface ScoringRules {
  logitScale: number;
  /** How many labels to give back. */
  top: number;
  /** Below this cosine the best label is no answer; 0 turns the bound off. */
  minCosine: number;
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
  { logitScale, top, minCosine }: ScoringRules,
): Scoring {
  const cosines = Float64Array.from(vectors, (vector) => dot(picture, vector));
  const best = cosines.reduce((a, b) => Math.max(a, b), -Infinity);
  // Measured from the best one, the exponentials cannot overflow.
  const weights = cosines.map((cosine) => Math.exp(logitScale * (cosine - best)));
  const sum = weights.reduce((a, b) => a + b, 0);
  const order = Array.from(cosines.keys()).sort((a, b) => (cosines[b] as number) - (cosines[a] as number));
  return {
    labels: order.slice(0, top).map((i) => ({
      label: labels[i] as string,
      score: (weights[i] as number) / sum,
      cosine: cosines[i] as number,
    })),
    unknown: minCosine !== 0 && best < minCosine,
  };
}
