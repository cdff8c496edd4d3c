import * as z from 'zod';
import type { AnswerState } from '#contract/classification';

/** Thresholds for the best label. */
const bounds = z.strictObject({
  cosine: z.number().min(-1).max(1),
  /** The score of the best label. */
  probability: z.number().min(0).max(1),
});

/**
 * Thresholds of confidence, fitted on photos that the model was not trained on (`npm run evaluate -- --confidence`).
 * One entry per number of labels: with more labels, the cosine of the best one rises and its score falls.
 */
export const confidenceSpec = z
  .array(
    z
      .strictObject({
        /** Number of labels. */
        labels: z.int().min(1).max(10_000),
        /** Below both: probably none of the labels. */
        none: bounds,
        /** At or above both: sure. In between: not sure. */
        sure: bounds,
      })
      .refine(
        ({ none, sure }) => none.cosine <= sure.cosine || none.probability <= sure.probability,
        'none must be below sure, by cosine or by probability',
      ),
  )
  .min(1)
  .max(50)
  .refine((all) => all.every(({ labels }, i) => i === 0 || labels > (all[i - 1]?.labels ?? 0)), {
    message: 'labels must rise from entry to entry',
  });

export type ConfidenceSpec = z.output<typeof confidenceSpec>;
type Entry = ConfidenceSpec[number];

/** The rules that decide the state of an answer. */
export interface ConfidenceRules {
  confidence?: ConfidenceSpec | undefined;
  /** The model's threshold, if it has no `confidence`. */
  modelMinCosine: number;
  /** The caller's threshold. It replaces the model's rule for "none"; 0 disables that rule. */
  minCosine?: number | undefined;
}

/** The best label of an answer, and the number of labels it was chosen from. */
export interface Best {
  cosine: number;
  /** From 0 to 1. */
  score: number;
  labels: number;
}

/** Without `confidence`, an answer is sure when the best label scores more than all others together. */
const SURE_SCORE = 0.5;

/** `sure` of the best label, `unsure` of it, or probably `none` of the labels. */
export function stateOf(best: Best, { confidence, modelMinCosine, minCosine }: ConfidenceRules): AnswerState {
  const fitted = confidence && boundsFor(confidence, best.labels);
  if (isNone(best, fitted, minCosine ?? (fitted ? undefined : modelMinCosine))) return 'none';
  if (!fitted) return best.score >= SURE_SCORE ? 'sure' : 'unsure';
  return best.cosine >= fitted.sure.cosine && best.score >= fitted.sure.probability ? 'sure' : 'unsure';
}

function isNone({ cosine, score, labels }: Best, fitted: Entry | undefined, minCosine: number | undefined): boolean {
  if (minCosine !== undefined) return minCosine !== 0 && cosine < minCosine;
  if (!fitted) return false;
  // A single label always scores 1, whatever the picture shows.
  return cosine < fitted.none.cosine && (labels === 1 || score < fitted.none.probability);
}

/**
 * The thresholds for a number of labels: interpolated on its logarithm between two entries; outside, the nearest
 * entry.
 */
export function boundsFor(confidence: ConfidenceSpec, labels: number): Entry {
  const next = confidence.findIndex((entry) => entry.labels >= labels);
  const above = confidence.at(next) as Entry;
  const below = next > 0 ? (confidence[next - 1] as Entry) : above;
  if (above === below || above.labels <= labels) return above;
  const share = Math.log(labels / below.labels) / Math.log(above.labels / below.labels);
  const mixed = (part: 'none' | 'sure') => ({
    cosine: below[part].cosine + share * (above[part].cosine - below[part].cosine),
    probability: below[part].probability + share * (above[part].probability - below[part].probability),
  });
  return { labels, none: mixed('none'), sure: mixed('sure') };
}
