import { prototypesOf } from '../../src/clip/prototypes.ts';
import { score } from '../../src/clip/scoring.ts';
import { drawn, seeded, share } from './draws.ts';
import { grouped } from './grouped.ts';
import type { Embedded } from './vectors.ts';

/* Evaluates classes by example on labelled pictures: many episodes for each number of classes and examples. */

export const CLASSES = [2, 5, 10] as const;
export const SHOTS = [1, 3, 5] as const;
const EPISODES = 400;

export interface FewShotFigures {
  classes: number;
  shots: number;
  /** The classes also have words. */
  words: boolean;
  episodes: number;
  /** Share of correct first answers for pictures of one of the classes. */
  top1: number;
  /** Mean score of these first answers; equals `top1` if scores are calibrated. */
  score: number;
  /** Shares of correct first answers. */
  rightSure: number;
  rightNone: number;
  /** Shares of pictures that belong to no class. */
  absentSure: number;
  absentNone: number;
}

interface Episode {
  present: boolean;
  right: boolean;
  score: number;
  state: string;
}

/**
 * Half of the episodes classify another picture of one of the classes, half a picture of none.
 * @param texts the embedding of each name, for classes with words
 */
export function judgeFewShot(
  pictures: readonly Embedded[],
  { classes, shots }: { classes: number; shots: number },
  logitScale: number,
  texts?: ReadonlyMap<string, Float32Array>,
): FewShotFigures {
  const random = seeded(classes * 100 + shots);
  const byName = grouped(pictures, ({ sample }) => sample.labels[0] ?? '');
  byName.delete('');
  const names = [...byName].filter(([, own]) => own.length > shots).map(([name]) => name);
  const episodes: Episode[] = [];
  for (let i = 0; i < EPISODES && names.length >= classes; i += 1) {
    const chosen = drawn(names, classes, random);
    const shown = chosen.map((name) => drawn(byName.get(name) ?? [], shots, random));
    const query = queryOf(pictures, chosen, shown.flat(), i % 2 === 0, random);
    if (!query) continue;
    const own = chosen.map((label, at) => ({ label, examples: (shown[at] ?? []).map(({ vector }) => vector) }));
    const { labels, vectors, confidence } = prototypesOf(own, texts);
    const answer = score(query.vector, labels, vectors, { logitScale, top: 1, confidence, modelMinCosine: -1 });
    const [best] = answer.labels;
    const right = best !== undefined && best.label === query.sample.labels.find((label) => chosen.includes(label));
    episodes.push({ present: i % 2 === 0, right, score: best?.score ?? 0, state: answer.state });
  }
  return figuresOf(episodes, { classes, shots, words: texts !== undefined });
}

/** Picks a picture that is not an example: one whose first label is one of the classes, or one of no class. */
function queryOf(
  pictures: readonly Embedded[],
  chosen: readonly string[],
  shown: readonly Embedded[],
  present: boolean,
  random: () => number,
): Embedded | undefined {
  const of = (one: Embedded) => chosen.filter((name) => one.sample.labels.includes(name)).length;
  const isFirst = (one: Embedded) => chosen.includes(one.sample.labels[0] ?? '') && of(one) === 1;
  const fits = (one: Embedded) => (present ? isFirst(one) : of(one) === 0);
  const fitting = pictures.filter((one) => fits(one) && !shown.includes(one));
  return drawn(fitting, 1, random)[0];
}

function figuresOf(
  episodes: readonly Episode[],
  how: Pick<FewShotFigures, 'classes' | 'shots' | 'words'>,
): FewShotFigures {
  const offered = episodes.filter(({ present }) => present);
  const right = offered.filter((one) => one.right);
  const absent = episodes.filter(({ present }) => !present);
  const called = (some: readonly Episode[], state: string) => share(some, (one) => one.state === state);
  return {
    ...how,
    episodes: episodes.length,
    top1: share(offered, (one) => one.right),
    score: offered.reduce((sum, one) => sum + one.score, 0) / Math.max(1, offered.length),
    rightSure: called(right, 'sure'),
    rightNone: called(right, 'none'),
    absentSure: called(absent, 'sure'),
    absentNone: called(absent, 'none'),
  };
}
