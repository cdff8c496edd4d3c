import type { ProblemCode } from '#contract/problems';
import type { Model } from './models.ts';

/*
 * Messages between the main thread and a worker. Every batch names its model, so that a replacement worker needs no
 * state.
 */

export type Job =
  /** Opens the image tower before the first request. */
  | { kind: 'open' }
  /** Embeds a preprocessed picture. */
  | { kind: 'pixels'; bytes: Uint8Array }
  | { kind: 'texts'; texts: string[] };

/** Jobs for one model, sent together. Pictures of one batch run together. */
export interface BatchRequest {
  id: number;
  model: Model;
  jobs: Job[];
}

/** The last message to a worker: finish what you have, then exit. */
export interface CloseRequest {
  close: true;
}

export interface WorkResult<Data> {
  /** Pixels, or concatenated embeddings of length 1; empty for `open`. */
  data: Data;
  /** For `texts`: the number of tokens of each, including special ones. */
  tokenCounts?: number[];
  /** Milliseconds by stage. */
  timings: Record<string, number>;
}

/** An error as data, because errors lose their properties between threads. */
export interface WorkFailure {
  code?: ProblemCode;
  detail: string;
  headers?: Record<string, string>;
  stack?: string | undefined;
}

export type Outcome = { result: WorkResult<Uint8Array | Float32Array> } | { failure: WorkFailure };

export interface BatchReply {
  id: number;
  /** One per job, in order. */
  outcomes: Outcome[];
}

/** Settings of a worker: how many threads run a graph. */
export interface WorkerSettings {
  threads: number;
}

/** Runs the jobs of one batch. Each can fail by itself; an error that is thrown fails all of them. */
export type Work = (
  model: Model,
  jobs: Job[],
) => Promise<PromiseSettledResult<WorkResult<Uint8Array | Float32Array>>[]>;

/** Returns a function that returns the milliseconds since its previous call. */
export function stopwatch(): () => number {
  let last = performance.now();
  return () => {
    const now = performance.now();
    const lap = now - last;
    last = now;
    return lap;
  };
}
