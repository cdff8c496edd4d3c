import type { ProblemCode } from '#platform/problems';
import type { Model } from './models.ts';
import type { DecodeRules } from './preprocess.ts';

/*
 * What the main thread and an inference worker say to each other. Every request names its model, so a worker that
 * replaces a crashed one needs no history.
 */

export type Job =
  /** Opens the picture half ahead of the first request. */
  { kind: 'open' } | { kind: 'image'; bytes: Uint8Array; rules: DecodeRules } | { kind: 'texts'; texts: string[] };

export interface WorkRequest {
  id: number;
  model: Model;
  job: Job;
}

/** The last thing a worker hears: finish what you have, then end. */
export interface Dismissal {
  close: true;
}

export interface WorkResult {
  /** Embeddings of length 1, one after another; empty for `open`. */
  vectors: Float32Array;
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

export type WorkReply = { id: number; result: WorkResult } | { id: number; failure: WorkFailure };

/** What a worker is started with. */
export interface WorkerSettings {
  /** Threads that one run of a graph may use. */
  threads: number;
}
