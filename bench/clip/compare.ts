import { median, round } from './load.ts';
import { watchOthers } from './processes.ts';

interface Figures {
  perSecond: number;
  p50: number;
  p90: number;
  p99: number;
}

/** Runs something for some seconds. */
type Candidate = (seconds: number) => Promise<Figures>;

export interface Compared {
  /** Medians of the rounds. */
  p50: number;
  perSecond: number;
  /** The first candidate's p50 and pictures a second over this one's, round by round; the medians. */
  p50Ratio: number;
  perSecondRatio: number;
  rounds: (Figures & { othersBusy: number })[];
}

/**
 * Runs candidates in turn, round after round, so that whatever else the machine does hits all of them alike; ratios are
 * taken within a round.
 */
export async function compare(
  candidates: Record<string, Candidate>,
  { rounds, seconds }: { rounds: number; seconds: number },
): Promise<Record<string, Compared>> {
  const runs = Object.entries(candidates).map(([name, run]) => ({ name, run, done: [] as Compared['rounds'] }));
  for (let i = 0; i < rounds; i += 1) {
    for (const { run, done } of runs) {
      const others = watchOthers();
      done.push({ ...(await run(seconds)), othersBusy: others() });
    }
  }
  const first = runs[0]?.done ?? [];
  return Object.fromEntries(runs.map(({ name, done }) => [name, summary(first, done)]));
}

function summary(first: Figures[], rounds: Compared['rounds']): Compared {
  const middle = (pick: (one: Figures) => number) => round(median(rounds.map(pick)));
  const over = (pick: (one: Figures) => number) =>
    round(median(rounds.map((one, i) => pick(first[i] ?? one) / pick(one))));
  const [p50, perSecond] = [(one: Figures) => one.p50, (one: Figures) => one.perSecond];
  return {
    ...{ p50: middle(p50), perSecond: middle(perSecond) },
    ...{ p50Ratio: over(p50), perSecondRatio: over(perSecond), rounds },
  };
}
