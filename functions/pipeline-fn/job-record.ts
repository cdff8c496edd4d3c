import { envText } from '#config/env';
import type { Classification } from '#contract/classification';
import { type ProblemData, problemOf } from '#contract/problem-data';
import { Problem } from '#contract/problems';
import type { StepRecord } from '#contract/step-record';
import { newName, type ObjectStore } from '#storage/store';
import type { PipelineStep } from './steps.ts';

export type JobState = 'queued' | 'running' | 'done' | 'failed';

/** One picture of a job: where it came in, what became of it. */
export interface JobPicture {
  /** In the store; missing when what came was no picture. */
  upload?: string;
  steps: (StepRecord & { ref?: string })[];
  seen?: Classification;
  /** The last picture. */
  ref?: string;
  error?: ProblemData;
}

/** A job as it is kept; times in milliseconds since 1970. */
export interface Job {
  id: string;
  state: JobState;
  created: number;
  updated: number;
  expires: number;
  /** How often it was begun, but for what ended with its gateway. */
  attempts: number;
  /** The life of the gateway that its last attempt was begun under; missing where no gateway says. */
  run?: string;
  /** How often it was put into the queue anew because nothing was heard of it. */
  requeued: number;
  /** Until when whoever works on it is believed to be alive. */
  lease: number;
  /** Where its client found us: its links begin so. */
  base: string;
  batch: boolean;
  steps: PipelineStep[];
  pictures: JobPicture[];
  callback?: string;
  error?: ProblemData;
}

/** A job is begun this often at most. */
export const MOST_ATTEMPTS = 3;
/** How long a worker is believed to be alive after it last said so, and how often it says so. */
export const LEASE = 15_000;
export const RENEWAL = 5_000;
/** A job that waits for longer was perhaps lost by the queue, as a queue in memory may; each time twice as long. */
const LOST_AFTER = 300_000;

export function newJob(
  about: Pick<Job, 'steps' | 'batch' | 'pictures' | 'base'> & { callback?: string | undefined },
  keptMs: number,
): Job {
  const now = Date.now();
  const { callback, ...rest } = about;
  return {
    id: newName(),
    state: 'queued',
    created: now,
    updated: now,
    expires: now + keptMs,
    attempts: 0,
    requeued: 0,
    lease: 0,
    ...rest,
    ...(callback !== undefined && { callback }),
  };
}

export async function saveJob(store: ObjectStore, job: Job): Promise<void> {
  job.updated = Date.now();
  const bytes = Buffer.from(JSON.stringify(job));
  await store.put(`jobs/${job.id}`, bytes, { contentType: 'application/json' });
}

/**
 * A job by the id its client was given.
 * @throws Problem `not-found`, or `expired` when it is past its time and not yet swept away
 */
export async function loadJob(store: ObjectStore, id: string): Promise<Job> {
  const found = /^[0-9a-f]{40}$/.test(id) ? await store.get(`jobs/${id}`) : undefined;
  if (!found) throw new Problem('not-found', 'There is no such job; finished jobs are kept for some hours only.');
  const job = JSON.parse(found.bytes.toString('utf8')) as Job;
  if (job.expires < Date.now()) throw new Problem('expired', 'This job is past its time; start a new one.');
  return job;
}

export function isOver({ state }: Job): boolean {
  return state === 'done' || state === 'failed';
}

/**
 * How long a job is still its worker's, in milliseconds; 0: anybody's. A lease that lies further ahead than any worker
 * takes one was written by a clock that has been set back since.
 */
export function leftOfLease({ state, lease }: Job, now = Date.now()): number {
  const left = lease - now;
  return state === 'running' && left > 0 && left <= 2 * LEASE ? left : 0;
}

/** Whether nobody works on a job that should be worked on: its worker was killed, or the queue lost it. */
export function isAbandoned(job: Job, now = Date.now()): boolean {
  const { state, updated, requeued } = job;
  if (state === 'running') return leftOfLease(job, now) === 0;
  return state === 'queued' && updated < now - LOST_AFTER * 2 ** requeued;
}

/** What this process's gateway calls its own life, where it says. */
export function gatewayRun(): string | undefined {
  return envText('gateway_run', '') || undefined;
}

/**
 * Takes back an attempt whose worker ended with its gateway: no picture's fault.
 * @returns whether it was one
 */
export function forgiveRestart(job: Job): boolean {
  const { state, run } = job;
  if (state !== 'running' || leftOfLease(job) > 0 || run === undefined || run === gatewayRun()) return false;
  takeBack(job);
  return true;
}

/** An attempt that says nothing about the job. */
export function takeBack(job: Job): void {
  Object.assign(job, { state: 'queued', lease: 0, attempts: Math.max(0, job.attempts - 1) });
  delete job.run;
}

/** Ends a job that broke off too often. */
export async function giveUp(store: ObjectStore, job: Job): Promise<void> {
  const gone = new Problem('function-failed', 'The work on this job broke off again and again; start a new one.');
  Object.assign(job, { state: 'failed', lease: 0, error: problemOf(gone) });
  await saveJob(store, job);
  await dropUploads(store, job);
}

/** Uploads go when their job is over, so that what is unfinished is what has some. */
export async function dropUploads(store: ObjectStore, { pictures }: Job): Promise<void> {
  await Promise.allSettled(pictures.map(({ upload }) => (upload === undefined ? undefined : store.delete(upload))));
}

/** Writes a job down as it changes: one write at a time, the latest state always last. Resolves when it is written. */
export function jobSaver(store: ObjectStore, job: Job): () => Promise<void> {
  let running: Promise<void> | undefined;
  let changed = false;
  const write = async (): Promise<void> => {
    try {
      do {
        changed = false;
        await saveJob(store, job);
      } while (changed);
    } finally {
      running = undefined;
    }
  };
  return () => {
    changed = true;
    running ??= write();
    return running;
  };
}
