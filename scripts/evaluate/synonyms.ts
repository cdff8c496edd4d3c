import { dot } from '../../src/clip/vectors.ts';
import { share } from './draws.ts';

/* Names by meaning: whether either word of a pair gives the same answer. */

export type Pair = readonly [name: string, other: string];

export interface PairFigures {
  pair: Pair;
  /** Pictures that one of the two words wins. */
  won: number;
  /** Of these, those that both win. */
  same: number;
  /** Of the names on offer, the pair's is the nearest to its other word. */
  nearest: boolean;
}

export interface SynonymFigures {
  /** Of pictures that one of the words of a pair wins, the share that the other wins as well; over all pairs. */
  same: number;
  /** Share of the pairs whose words are nearest to each other. */
  nearest: number;
  pairs: PairFigures[];
}

/**
 * Puts the other word of each pair in the place of its name, one pair at a time.
 * @param pictures embeddings
 * @param texts embedding of each name on offer and of each other word. All of length 1
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
