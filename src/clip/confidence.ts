import * as z from 'zod';
import type { AnswerState } from '#contract/classification';

/** What the best label must come to; both in the terms of an answer. */
const bounds = z.strictObject({
  cosine: z.number().min(-1).max(1),
  /** Of the best label: its score. */
  probability: z.number().min(0).max(1),
});

/**
 * How sure an answer is, fitted on photos that the model was not trained on (`npm run evaluate --
 * --confidence`). One entry a number of labels on offer: with more of them cosines of the best rise and scores fall.
 */
export const confidenceSpec = z
  .array(
    z
      .strictObject({
        /** Labels on offer. */
        labels: z.int().min(1).max(10_000),
        /** Below both of these: probably none of the labels. */
        none: bounds,
        /** At or above both of these: sure. Between them: not sure. */
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

/** What decides how sure an answer is. */
export interface ConfidenceRules {
  confidence?: ConfidenceSpec | undefined;
  /** The model's bound, where it has no `confidence`. */
  modelMinCosine: number;
  /** The caller's bound, which takes the place of what the model says of "none"; 0 turns that off. */
  minCosine?: number | undefined;
}

/** The best label of an answer, and among how many it is the best. */
export interface Best {
  cosine: number;
  /** 0…1 */
  score: number;
  labels: number;
}

/** Where a model says nothing, an answer is sure when its label has more than all others together. */
const SURE_SCORE = 0.5;

/** Sure of the best label, not sure of it, or probably none of the labels. */
export function stateOf(best: Best, { confidence, modelMinCosine, minCosine }: ConfidenceRules): AnswerState {
  const fitted = confidence && boundsFor(confidence, best.labels);
  if (isNone(best, fitted, minCosine ?? (fitted ? undefined : modelMinCosine))) return 'none';
  if (!fitted) return best.score >= SURE_SCORE ? 'sure' : 'unsure';
  return best.cosine >= fitted.sure.cosine && best.score >= fitted.sure.probability ? 'sure' : 'unsure';
}

function isNone({ cosine, score, labels }: Best, fitted: Entry | undefined, minCosine: number | undefined): boolean {
  if (minCosine !== undefined) return minCosine !== 0 && cosine < minCosine;
  if (!fitted) return false;
  // A label that is alone on offer has all of the score, whatever the picture shows.
  return cosine < fitted.none.cosine && (labels === 1 || score < fitted.none.probability);
}

/** The bounds for a number of labels: between two entries by the logarithm of it, beyond them those of the last one. */
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
