import { share } from './draws.ts';
import { grouped } from './grouped.ts';

/** A model's answer for one picture, and the correct one. */
export interface Verdict {
  /** The most specific of its names that is offered. */
  truth: string;
  /** Other correct names that are offered, such as broader ones. */
  alsoRight?: readonly string[];
  /** The model's best labels, best first. */
  best: { label: string; score: number }[];
  /** The model's answer is none of the labels. */
  unknown: boolean;
}

export interface ClassFigures {
  label: string;
  pictures: number;
  top1: number;
  top5: number;
  /** The most frequent wrong answer, and how often. */
  takenFor?: { label: string; times: number } | undefined;
}

export interface SetFigures {
  pictures: number;
  labels: number;
  /** Shares from 0 to 1. */
  top1: number;
  top5: number;
  /** The same if any of a picture's names counts as correct. */
  any1: number;
  any5: number;
  /** Mean of the labels' top-1, so that every label counts the same. */
  balanced: number;
  /** Expected calibration error: the difference between scores and shares of correct answers. */
  ece: number;
  meanScore: number;
  /** Share of unknown pictures, and top-1 of the others. */
  unknown: number;
  top1OfKnown: number;
  classes: ClassFigures[];
  /** The correct label, the answer and how often; the most frequent first. */
  confusions: { truth: string; said: string; times: number }[];
}

/** Bins of equal width over the score; fifteen, as in the literature (Guo et al., 2017). */
const BINS = 15;
const CONFUSIONS = 25;

/** Computes all figures of one set. @param labels the number of offered labels */
export function measure(verdicts: readonly Verdict[], labels: number): SetFigures {
  const classes = byClass(verdicts);
  const known = verdicts.filter(({ unknown }) => !unknown);
  return {
    pictures: verdicts.length,
    labels,
    top1: share(verdicts, (one) => isRight(one)),
    top5: share(verdicts, (one) => isAmong(one, 5)),
    any1: share(verdicts, (one) => isAnyAmong(one, 1)),
    any5: share(verdicts, (one) => isAnyAmong(one, 5)),
    balanced: mean(classes.map(({ top1 }) => top1)),
    ece: calibrationError(verdicts),
    meanScore: mean(verdicts.map(({ best }) => best[0]?.score ?? 0)),
    unknown: 1 - known.length / Math.max(1, verdicts.length),
    top1OfKnown: share(known, (one) => isRight(one)),
    classes,
    confusions: confusionsOf(verdicts).slice(0, CONFUSIONS),
  };
}

function byClass(verdicts: readonly Verdict[]): ClassFigures[] {
  const groups = grouped(verdicts, ({ truth }) => truth);
  return [...groups]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([label, own]) => {
      const [most] = confusionsOf(own);
      return {
        label,
        pictures: own.length,
        top1: share(own, (one) => isRight(one)),
        top5: share(own, (one) => isAmong(one, 5)),
        takenFor: most && { label: most.said, times: most.times },
      };
    });
}

function confusionsOf(verdicts: readonly Verdict[]): SetFigures['confusions'] {
  const wrong = verdicts.filter((one) => !isRight(one));
  const groups = grouped(wrong, ({ truth, best }) => JSON.stringify([truth, best[0]?.label ?? '']));
  return [...groups]
    .map(([key, { length: times }]) => {
      const [truth, said] = JSON.parse(key) as [string, string];
      return { truth, said, times };
    })
    .sort((a, b) => b.times - a.times || (a.truth < b.truth ? -1 : 1));
}

/** |share of correct answers − mean score| over bins of the best label's score, weighted by their size. */
function calibrationError(verdicts: readonly Verdict[]): number {
  const scoreOf = ({ best }: Verdict) => best[0]?.score ?? 0;
  const bins = grouped(verdicts, (one) => Math.min(BINS - 1, Math.floor(scoreOf(one) * BINS)));
  const gaps = [...bins.values()].map((own) => {
    const gap = share(own, (one) => isRight(one)) - mean(own.map(scoreOf));
    return Math.abs(gap) * (own.length / verdicts.length);
  });
  return gaps.reduce((sum, gap) => sum + gap, 0);
}

function isRight({ truth, best }: Verdict): boolean {
  return best[0]?.label === truth;
}

function isAmong({ truth, best }: Verdict, count: number): boolean {
  return best.slice(0, count).some(({ label }) => label === truth);
}

function isAnyAmong({ truth, alsoRight = [], best }: Verdict, count: number): boolean {
  return best.slice(0, count).some(({ label }) => label === truth || alsoRight.includes(label));
}

function mean(values: number[]): number {
  return values.length === 0 ? 0 : values.reduce((sum, value) => sum + value, 0) / values.length;
}
