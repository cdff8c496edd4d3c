import { dot } from '../../src/clip/vectors.ts';
import { share } from './draws.ts';
import type { Embedded } from './vectors.ts';

/* Evaluates search: the rank of the correct picture when all are sorted by similarity to a sentence. */

export interface Found {
  text: string;
  /** The rank of the correct picture, from 1. */
  rank: number;
}

export interface SearchFigures {
  pictures: number;
  sentences: number;
  /** Shares of the sentences whose picture is the first, and among the first three. */
  first: number;
  three: number;
  /** Mean of 1 / rank. */
  reciprocal: number;
  found: Found[];
}

/** @param texts the embedding of each sentence, of length 1 */
export function judgeSearch(pictures: readonly Embedded[], texts: ReadonlyMap<string, Float32Array>): SearchFigures {
  const found = pictures.flatMap(({ sample, vector }) =>
    (sample.texts ?? []).map((text) => {
      const own = dot(texts.get(text) as Float32Array, vector);
      const better = pictures.filter((other) => dot(texts.get(text) as Float32Array, other.vector) > own);
      return { text, rank: better.length + 1 };
    }),
  );
  const reciprocal = found.reduce((sum, { rank }) => sum + 1 / rank, 0) / Math.max(1, found.length);
  return {
    pictures: pictures.length,
    sentences: found.length,
    first: share(found, ({ rank }) => rank === 1),
    three: share(found, ({ rank }) => rank <= 3),
    reciprocal,
    found,
  };
}
