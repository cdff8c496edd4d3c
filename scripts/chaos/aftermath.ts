import { setTimeout as sleep } from 'node:timers/promises';
import type { Judged, Promised } from './load.ts';

/** A fault that happened; times are `performance.now()`. */
export interface Happened {
  name: string;
  began: number;
  /** When its cause was removed. */
  over: number;
  /** When the next fault began, or the run ended. */
  until: number;
}

export interface FaultReport {
  name: string;
  times: number;
  /** Requests that ended between its start and the next fault's, and how many of them were refused. */
  requests: number;
  refused: number;
  /** Seconds from the end of the cause to the last refusal; median and maximum. */
  recovery: { median: number; longest: number };
  /** Codes of the refusals. */
  codes: { [code: string]: number };
}

/** The effect of each kind of fault. */
export function faultReports(happened: Happened[], records: Judged[]): FaultReport[] {
  const names = [...new Set(happened.map(({ name }) => name))].sort();
  return names.map((name) => {
    const all = happened.filter((one) => one.name === name);
    const felt = all.map((one) => records.filter(({ ended }) => ended >= one.began && ended < one.until));
    const failed = felt.map((some) => some.filter(({ verdict }) => verdict !== 'right'));
    const recoveries = failed
      .map((some, index) => Math.max(0, ...some.map(({ ended }) => ended - (all[index] as Happened).over)) / 1000)
      .sort((a, b) => a - b);
    const codes: FaultReport['codes'] = {};
    for (const { code } of failed.flat()) codes[code] = (codes[code] ?? 0) + 1;
    return {
      ...{ name, times: all.length, codes },
      ...{ requests: felt.flat().length, refused: failed.flat().length },
      recovery: { median: recoveries[Math.floor(recoveries.length / 2)] ?? 0, longest: recoveries.at(-1) ?? 0 },
    };
  });
}

/** Connections may only be cut from the moment the gateway goes down until it is back. */
export function unexplainedCuts(records: Judged[], away: [from: number, to: number][]): Judged[] {
  return records.filter(
    ({ verdict, began, ended }) => verdict === 'cut' && !away.some(([from, to]) => began <= to && ended >= from),
  );
}

/** The outcome of accepted work. */
export interface Kept {
  jobs: { accepted: number; done: number; failed: { [code: string]: number }; wrong: string[]; lost: string[] };
  calls: { accepted: number; delivered: number; twice: number; wrong: string[]; lost: string[] };
}

/**
 * Waits until all accepted work is done, or for as long as a client would wait.
 * @param wanted the picture a job must make
 */
export async function settle(
  url: string,
  { jobs, calls, callbacks }: Promised,
  wanted: Buffer,
  patienceMs: number,
): Promise<Kept> {
  const ends = performance.now() + patienceMs;
  const kept: Kept = {
    jobs: { accepted: jobs.length, done: 0, failed: {}, wrong: [], lost: [] },
    calls: { accepted: calls.length, delivered: 0, twice: 0, wrong: [], lost: [] },
  };
  for (const address of jobs) await settleJob(url, address, wanted, kept.jobs, ends);
  const missing = (): string[] => calls.filter((id) => !callbacks.has(id));
  while (missing().length > 0 && performance.now() < ends) await sleep(500);
  kept.calls.lost = missing();
  for (const id of calls) {
    const answers = callbacks.get(id) ?? [];
    if (answers.length > 0) kept.calls.delivered += 1;
    if (answers.length > 1) kept.calls.twice += 1;
    const bad = answers.find(({ status, right }) => status === 200 && !right);
    if (bad) kept.calls.wrong.push(id);
  }
  return kept;
}

async function settleJob(
  url: string,
  address: string,
  wanted: Buffer,
  jobs: Kept['jobs'],
  ends: number,
): Promise<void> {
  do {
    const response = await fetch(`${url}${address}`).catch(() => undefined);
    const job = response?.ok ? ((await response.json()) as Job) : undefined;
    if (job?.state === 'done') {
      const picture = await fetch(`${url}${address}/pictures/0/last`);
      if (Buffer.from(await picture.arrayBuffer()).equals(wanted)) jobs.done += 1;
      else jobs.wrong.push(`${address}: another picture (${picture.status})`);
      return;
    }
    if (job?.state === 'failed') {
      const code = job.error?.code ?? 'no code';
      jobs.failed[code] = (jobs.failed[code] ?? 0) + 1;
      return;
    }
    await sleep(300);
  } while (performance.now() < ends);
  jobs.lost.push(address);
}

interface Job {
  state: string;
  error?: { code: string };
}
