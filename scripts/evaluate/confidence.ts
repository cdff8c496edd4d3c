import { type ConfidenceSpec, stateOf } from '../../src/clip/confidence.ts';
import { seeded, share } from './draws.ts';

/* How sure answers are: evaluates and fits a manifest's `confidence` on labelled photos. */

/** One photo compared with all names. */
export interface Photo {
  /** Cosine with each name. */
  cosines: Float32Array;
  /** Index of its name. */
  truth: number;
  /** Indices of other correct names, such as broader ones, which are never offered as wrong. */
  alsoRight: readonly number[];
}

/** The best of the offered labels. */
export interface Draw {
  cosine: number;
  score: number;
  /** It is the photo's own name. */
  right: boolean;
}

/** Answers with the photo's name among the labels, and without it. */
export interface Draws {
  labels: number;
  offered: Draw[];
  absent: Draw[];
}

/** Numbers of labels for which thresholds are fitted. */
export const COUNTS = [1, 2, 5, 10, 20, 50, 200] as const;
/** At most this share of correct answers may be called none. The target is 5 %; new photos differ a little. */
const RIGHT_CALLED_NONE = 0.03;
/**
 * At most this share of wrong answers may be called sure, both with the name among the labels and without it. The
 * target is 40 %.
 */
const WRONG_CALLED_SURE = 0.3;
/** No answer with a higher score is called none. */
const NONE_AT_MOST = 0.9;

/** Offers random labels, the same in each run. @param times draws per photo */
export function drawLabels(photos: readonly Photo[], labels: number, logitScale: number, times: number): Draws {
  const random = seeded(labels);
  const draws: Draws = { labels, offered: [], absent: [] };
  for (const photo of photos) {
    const wrong = photo.cosines.length - photo.alsoRight.length - 1;
    if (wrong < labels) continue;
    for (let i = 0; i < times; i += 1) {
      const others = pick(photo, labels, random);
      draws.absent.push(best(photo, others, logitScale));
      draws.offered.push(best(photo, [photo.truth, ...others.slice(1)], logitScale));
    }
  }
  return draws;
}

function pick({ cosines, truth, alsoRight }: Photo, count: number, random: () => number): number[] {
  const taken = new Set<number>([truth, ...alsoRight]);
  const picked: number[] = [];
  while (picked.length < count) {
    const place = Math.floor(random() * cosines.length);
    if (taken.has(place)) continue;
    taken.add(place);
    picked.push(place);
  }
  return picked;
}

function best({ cosines, truth }: Photo, places: number[], logitScale: number): Draw {
  const at = (place: number) => cosines[place] as number;
  const top = places.reduce((a, b) => (at(b) > at(a) ? b : a));
  const sum = places.reduce((total, place) => total + Math.exp(logitScale * (at(place) - at(top))), 0);
  return { cosine: at(top), score: 1 / sum, right: top === truth };
}

/** Fits thresholds that respect both limits, for each number of labels. */
export function fitConfidence(all: readonly Draws[]): ConfidenceSpec {
  return all.map(({ labels, offered, absent }) => {
    const right = offered.filter((draw) => draw.right);
    const wrong = offered.filter((draw) => !draw.right);
    const none = fitNone(labels, right, absent);
    return { labels, none, sure: fitSure(right, [absent, wrong], none) };
  });
}

interface Bound {
  cosine: number;
  probability: number;
}

/** Maximises the share of answers without the name that are called none. */
function fitNone(labels: number, right: Draw[], absent: Draw[]): Bound {
  const scores = labels === 1 ? [1] : steps(0.05, NONE_AT_MOST);
  const candidates = scores.flatMap((probability) => {
    // The highest cosine that calls no more correct answers none than allowed.
    const low = right.filter(({ score }) => labels === 1 || score < probability).map(({ cosine }) => cosine);
    const allowed = Math.floor(RIGHT_CALLED_NONE * right.length);
    const cosine = low.length > allowed ? (low.sort((a, b) => a - b)[allowed] as number) : (ceiling(low) ?? -1);
    return [{ cosine: floor3(cosine), probability }];
  });
  const gain = (bound: Bound) =>
    share(absent, ({ cosine, score }) => cosine < bound.cosine && (labels === 1 || score < bound.probability));
  return candidates.reduce((a, b) => (gain(b) > gain(a) ? b : a));
}

/**
 * Maximises the share of correct answers that are called sure.
 *
 * @param wrong groups of wrong answers; the limit holds for each
 */
function fitSure(right: Draw[], wrong: Draw[][], none: Bound): Bound {
  const candidates = steps(0, 0.98).map((probability) => {
    // An answer must not be both none and sure: kept apart by probability if high enough, otherwise by cosine.
    const least = probability >= none.probability ? -1 : none.cosine;
    const first = wrong.map((group) => {
      const high = group.filter(({ score }) => score >= probability).map(({ cosine }) => cosine);
      const allowed = Math.floor(WRONG_CALLED_SURE * group.length);
      return high.length > allowed ? (high.sort((a, b) => b - a)[allowed] as number) + 0.001 : least;
    });
    return { cosine: Math.max(least, ...first.map(ceil3)), probability };
  });
  const gain = (bound: Bound) =>
    share(right, ({ cosine, score }) => cosine >= bound.cosine && score >= bound.probability);
  return candidates.reduce((a, b) => (gain(b) > gain(a) ? b : a));
}

const ceiling = (values: number[]): number | undefined =>
  values.length === 0 ? undefined : values.reduce((a, b) => Math.max(a, b));
const floor3 = (value: number): number => Math.floor(value * 1_000) / 1_000;
const ceil3 = (value: number): number => Math.min(1, Math.ceil(value * 1_000) / 1_000);

function steps(from: number, to: number): number[] {
  return Array.from(
    { length: Math.floor((to - from) / 0.01 + 1.5) },
    (_, i) => Math.round((from + i * 0.01) * 100) / 100,
  );
}

/** Shares of states among correct answers, and among answers without the photo's name. */
export interface ConfidenceFigures {
  labels: number;
  /** Share of first answers that are right. */
  top1: number;
  rightSure: number;
  rightNone: number;
  wrongSure: number;
  absentSure: number;
  absentNone: number;
}

/** Evaluates thresholds. @param rules as in the product */
export function judgeConfidence(
  { labels, offered, absent }: Draws,
  rules: { confidence?: ConfidenceSpec | undefined; modelMinCosine: number },
): ConfidenceFigures {
  const called = (draws: Draw[], state: string) =>
    share(draws, ({ cosine, score }) => stateOf({ cosine, score, labels }, rules) === state);
  const right = offered.filter((draw) => draw.right);
  const wrong = offered.filter((draw) => !draw.right);
  return {
    labels,
    top1: share(offered, (draw) => draw.right),
    rightSure: called(right, 'sure'),
    rightNone: called(right, 'none'),
    wrongSure: called(wrong, 'sure'),
    absentSure: called(absent, 'sure'),
    absentNone: called(absent, 'none'),
  };
}

/** The figures as a Markdown table. */
export function confidenceTable(figures: readonly ConfidenceFigures[]): string {
  const percent = (value: number) => (value * 100).toFixed(1);
  const head = [
    'labels',
    'first right',
    'right: sure',
    'right: none',
    'wrong: sure',
    'not on offer: not sure or none',
    'of these none',
  ];
  const rows = figures.map(({ labels, top1, rightSure, rightNone, wrongSure, absentSure, absentNone }) =>
    [String(labels), ...[top1, rightSure, rightNone, wrongSure, 1 - absentSure, absentNone].map(percent)].join(' | '),
  );
  return [`| ${head.join(' | ')} |`, `|${'---|'.repeat(head.length)}`, ...rows.map((row) => `| ${row} |`)].join('\n');
}
