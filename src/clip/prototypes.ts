import { Problem } from '#contract/problems';
import type { ConfidenceSpec } from './confidence.ts';
import type { EmbeddedClass } from './examples.ts';
import { dot, meanDirection } from './vectors.ts';

/*
 * Classes by example, as in prototypical networks (Snell et al., 2017): a class is the mean direction of the
 * embeddings of its examples. If words are given too, it is the mean of that direction and the words' embedding.
 */

/** Classes with their embeddings. */
export interface Prototypes {
  labels: string[];
  /** One per class, of length 1. */
  vectors: Float32Array[];
  /** Thresholds for sure and none, computed from how the examples compare with each other. */
  confidence: ConfidenceSpec;
}

/**
 * @param classes two or more
 * @param words the embedding of each class's label, of length 1; for every class or for none, since pictures are more
 *   similar to pictures than to words
 * @throws Problem `option-invalid` when examples of a class point in opposite directions
 */
export function prototypesOf(classes: readonly EmbeddedClass[], words?: ReadonlyMap<string, Float32Array>): Prototypes {
  const vectors = classes.map(({ label, examples }) => prototype(label, examples, words?.get(label)));
  return { labels: classes.map(({ label }) => label), vectors, confidence: confidenceOf(classes, vectors, words) };
}

function prototype(label: string, examples: readonly Float32Array[], word: Float32Array | undefined): Float32Array {
  try {
    const mean = meanDirection([...examples]);
    return word ? meanDirection([mean, word]) : mean;
  } catch (cause) {
    const detail = `The examples of the class "${label}" cancel each other out.`;
    throw new Problem('option-invalid', detail, { members: { option: 'examples', class: label }, cause });
  }
}

/*
 * A model's fitted thresholds apply to pictures and words. Here they are computed from the examples: how similar an
 * example is to its own class without itself (`own`), and to the nearest other class (`other`), as a picture of none
 * of the classes would be. Thresholds are set at shares of the distance from `other` to `own`, chosen with two models
 * on 524 photos. `npm run evaluate -- --kind examples` measures them.
 */
const NONE_AT = 0.1;
const SURE_AT = 0.55;
/** A sure answer must also score more than all other classes together. */
const SURE_SCORE = 0.5;
/** A few examples are weak evidence, so `own` is averaged with this many values at half the distance to 1. */
const PRIOR_COUNT = 2;
const PRIOR_AT = 0.5;
/** Least distance from `other` to `own`. Without it, very similar classes would make every answer sure or none. */
const LEAST_WAY = 0.05;

function confidenceOf(
  classes: readonly EmbeddedClass[],
  vectors: readonly Float32Array[],
  words?: ReadonlyMap<string, Float32Array>,
): ConfidenceSpec {
  const others = classes.flatMap(({ examples }, own) =>
    examples.map((one) => Math.max(...vectors.map((vector, i) => (i === own ? -1 : dot(one, vector))))),
  );
  const other = mean(others);
  const owns = classes.flatMap(({ label, examples }) => leftOut(examples, words?.get(label)));
  const prior = other + PRIOR_AT * (1 - other);
  const own = (sum(owns) + PRIOR_COUNT * prior) / (owns.length + PRIOR_COUNT);
  const way = Math.max(own - other, LEAST_WAY);
  // By cosine alone: the best class may score high even if the picture shows none of them.
  const none = { cosine: other + NONE_AT * way, probability: Number.POSITIVE_INFINITY };
  const sure = { cosine: other + SURE_AT * way, probability: SURE_SCORE };
  return [{ labels: classes.length, none, sure }];
}

/** The cosine of each example with its class without that example; empty for a class with one example. */
function leftOut(examples: readonly Float32Array[], word: Float32Array | undefined): number[] {
  if (examples.length < 2) return [];
  const total = examples.reduce((all, one) => all.map((value, i) => value + (one[i] as number)));
  return examples.flatMap((one) => {
    const rest = total.map((value, i) => value - (one[i] as number));
    try {
      const own = word ? meanDirection([meanDirection([rest]), word]) : meanDirection([rest]);
      return [dot(one, own)];
    } catch {
      return [];
    }
  });
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}

function mean(values: readonly number[]): number {
  return sum(values) / values.length;
}
