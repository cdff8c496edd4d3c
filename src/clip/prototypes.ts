import { Problem } from '#contract/problems';
import type { ConfidenceSpec } from './confidence.ts';
import type { EmbeddedClass } from './examples.ts';
import { dot, meanDirection } from './vectors.ts';

/*
 * Classes by example, as in prototypical networks (Snell et al., 2017): a class is the mean direction of its examples'
 * embeddings, and where words for it are given, the mean of that and the words' embedding.
 */

/** Classes ready to be compared with. */
export interface Prototypes {
  labels: string[];
  /** One a class, of length 1. */
  vectors: Float32Array[];
  /** When answers are sure and when none, by how the examples themselves compare. */
  confidence: ConfidenceSpec;
}

/**
 * @param classes two or more
 * @param words the embedding of each class's label, of length 1, by label; for each class or
 * not at all, for pictures are
 *   nearer to pictures than to words
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
 * A model's fitted bounds are of pictures and words. Here the examples tell: how near one is to
 * its own class made of the others (`own`), and to the nearest of the other classes (`other`), as a picture of none of
 * them would be. Bounds stand at shares of the way from `other` to `own`, chosen with two models on 524 photos; `npm
 * run evaluate -- --kind examples` judges them.
 */
const NONE_AT = 0.1;
const SURE_AT = 0.55;
/** Besides, a sure answer has more than all other classes together. */
const SURE_SCORE = 0.5;
/** Few examples say little of how near own ones are: so many more, at half of the way to 1, are added in thought. */
const PRIOR_COUNT = 2;
const PRIOR_AT = 0.5;
/** The way is never shorter, lest classes that can hardly be told apart make every answer sure or none. */
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
  // By cosine alone: whatever the best class has of the score, the picture may show none of them.
  const none = { cosine: other + NONE_AT * way, probability: Number.POSITIVE_INFINITY };
  const sure = { cosine: other + SURE_AT * way, probability: SURE_SCORE };
  return [{ labels: classes.length, none, sure }];
}

/** Cosine of each example with its class made of the other examples; nothing for a class of one. */
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
