import type { ProblemCode } from '#contract/problems';
import type { Model } from './models.ts';

/*
 * What the main thread and a worker say to each other. Every batch names its model, so a worker
 * that replaces a crashed one needs no history.
 */

export type Job =
  /** Opens the picture half ahead of the first request. */
  | { kind: 'open' }
  /** Embeds a picture that is prepared. */
  | { kind: 'pixels'; bytes: Uint8Array }
  | { kind: 'texts'; texts: string[] };

/** Jobs of one model that a worker gets at once; pixels of one batch are run together. */
export interface BatchRequest {
  id: number;
  model: Model;
  jobs: Job[];
}

/** The last thing a worker hears: finish what you have, then end. */
export interface CloseRequest {
  close: true;
}

export interface WorkResult<Data> {
  /** Pixels, or embeddings of length 1, one after another; empty for `open`. */
  data: Data;
  /** Of `texts`: how many tokens each has, special ones included. */
  tokenCounts?: number[];
  /** Milliseconds by stage. */
  timings: Record<string, number>;
}

/** A failure as data: errors do not keep their members on the way between threads. */
export interface WorkFailure {
  code?: ProblemCode;
  detail: string;
  headers?: Record<string, string>;
  stack?: string | undefined;
}

export type Outcome = { result: WorkResult<Uint8Array | Float32Array> } | { failure: WorkFailure };

export interface BatchReply {
  id: number;
  /** One a job, in order. */
  outcomes: Outcome[];
}

/** What a worker is started with: how many threads run a graph. */
export interface WorkerSettings {
  threads: number;
}

/** A worker's side: does the jobs of one batch, each failing by itself; what it throws is the failure of all. */
export type Work = (
  model: Model,
  jobs: Job[],
) => Promise<PromiseSettledResult<WorkResult<Uint8Array | Float32Array>>[]>;

/** Milliseconds since it was last asked. */
export function stopwatch(): () => number {
  let last = performance.now();
  return () => {
    const now = performance.now();
    const lap = now - last;
    last = now;
    return lap;
  };
}
