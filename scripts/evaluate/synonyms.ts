import { dot } from '../../src/clip/vectors.ts';
import { share } from './draws.ts';

/* Evaluates synonyms: whether both words of a pair give the same answer. */

export type Pair = readonly [name: string, other: string];

export interface PairFigures {
  pair: Pair;
  /** Pictures for which one of the two words has the highest cosine. */
  won: number;
  /** Of these, those for which both have. */
  same: number;
  /** Of all names, the pair's is the most similar to its other word. */
  nearest: boolean;
}

export interface SynonymFigures {
  /** `same` as a share of `won`, over all pairs. */
  same: number;
  /** Share of the pairs whose words are the most similar. */
  nearest: number;
  pairs: PairFigures[];
}

/**
 * Replaces the name of each pair by its other word, one pair at a time.
 * @param pictures embeddings of length 1
 * @param texts the embedding of each name and other word, of length 1
 */
export function judgeSynonyms(
  pictures: readonly Float32Array[],
  names: readonly string[],
  pairs: readonly Pair[],
  texts: ReadonlyMap<string, Float32Array>,
): SynonymFigures {
  const vector = (text: string) => texts.get(text) as Float32Array;
  const cosines = pictures.map((picture) => names.map((name) => dot(picture, vector(name))));
  const judged = pairs.flatMap((pair) => {
    const [name, other] = pair;
    const place = names.indexOf(name);
    if (place < 0) return [];
    const wins = pictures.map((picture, i) => {
      const own = cosines[i] as number[];
      const rest = Math.max(...own.map((cosine, at) => (at === place ? -1 : cosine)));
      return [(own[place] as number) > rest, dot(picture, vector(other)) > rest] as const;
    });
    const won = wins.filter(([first, second]) => first || second);
    const likeness = names.map((one) => dot(vector(one), vector(other)));
    const nearest = likeness[place] === Math.max(...likeness);
    return [{ pair, won: won.length, same: won.filter(([first, second]) => first && second).length, nearest }];
  });
  const all = judged.reduce((sum, { won }) => sum + won, 0);
  const same = judged.reduce((sum, one) => sum + one.same, 0) / Math.max(1, all);
  return { same, nearest: share(judged, (one) => one.nearest), pairs: judged };
}
