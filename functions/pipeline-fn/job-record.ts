import { envText } from '#config/env';
import type { Classification } from '#contract/classification';
import { type ProblemData, problemOf } from '#contract/problem-data';
import { Problem } from '#contract/problems';
import type { StepRecord } from '#contract/step-record';
import { newName, type ObjectStore } from '#storage/store';
import type { PipelineStep } from './steps.ts';

export type JobState = 'queued' | 'running' | 'done' | 'failed';

/** One picture of a job: its upload and its results. */
export interface JobPicture {
  /** The upload's key in the store; missing if it was not a picture. */
  upload?: string;
  steps: (StepRecord & { ref?: string })[];
  classification?: Classification;
  /** The last picture's key in the store. */
  ref?: string;
  error?: ProblemData;
}

/** A job as it is stored; times in milliseconds since 1970. */
export interface Job {
  id: string;
  state: JobState;
  created: number;
  updated: number;
  expires: number;
  /** Attempts so far, except those that ended because their gateway stopped. */
  attempts: number;
  /** The gateway process under which the last attempt began; missing if the gateway does not say. */
  run?: string;
  /** How often it was queued again after its worker was lost. */
  requeued: number;
  /** Until when its worker counts as alive. */
  lease: number;
  /** The path under which its client reached us; its links begin with it. */
  base: string;
  batch: boolean;
  steps: PipelineStep[];
  pictures: JobPicture[];
  callback?: string;
  error?: ProblemData;
}

export const MOST_ATTEMPTS = 3;
/** How long a worker counts as alive after it renewed its lease, and how often it renews it, in milliseconds. */
export const LEASE = 15_000;
export const RENEWAL = 5_000;
/** After this many milliseconds a queued job counts as lost by the queue; twice as many each time. */
const LOST_AFTER = 300_000;

export function newJob(
  fields: Pick<Job, 'steps' | 'batch' | 'pictures' | 'base'> & { callback?: string | undefined },
  keptMs: number,
): Job {
  const now = Date.now();
  const { callback, ...rest } = fields;
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
 * Reads a job by its id.
 * @throws Problem `not-found`, or `expired` if it has expired and is not deleted yet
 */
export async function loadJob(store: ObjectStore, id: string): Promise<Job> {
  const found = /^[0-9a-f]{40}$/.test(id) ? await store.get(`jobs/${id}`) : undefined;
  if (!found) throw new Problem('not-found', 'There is no such job; finished jobs are deleted after some hours.');
  const job = JSON.parse(found.bytes.toString('utf8')) as Job;
  if (job.expires < Date.now()) throw new Problem('expired', 'This job has expired; start a new one.');
  job.pictures.forEach(renameSeen);
  return job;
}

/** Earlier versions stored the classification as `seen`. */
function renameSeen(picture: JobPicture & { seen?: Classification }): void {
  if (picture.seen) picture.classification ??= picture.seen;
  delete picture.seen;
}

export function isOver({ state }: Job): boolean {
  return state === 'done' || state === 'failed';
}

/**
 * Milliseconds until the worker's lease on a job ends; 0 if nobody has one. A lease longer than any worker takes was
 * written before the clock was set back; it does not count.
 */
export function leftOfLease({ state, lease }: Job, now = Date.now()): number {
  const left = lease - now;
  return state === 'running' && left > 0 && left <= 2 * LEASE ? left : 0;
}

/** Whether an unfinished job has no worker: it was killed, or the queue lost the job. */
export function isAbandoned(job: Job, now = Date.now()): boolean {
  const { state, updated, requeued } = job;
  if (state === 'running') return leftOfLease(job, now) === 0;
  return state === 'queued' && updated < now - LOST_AFTER * 2 ** requeued;
}

/** The id of this gateway's process, if the gateway tells it. */
export function gatewayRun(): string | undefined {
  return envText('gateway_run', '') || undefined;
}

/**
 * Does not count an attempt that ended because the gateway stopped: no picture caused that.
 * @returns whether it was one
 */
export function forgiveRestart(job: Job): boolean {
  const { state, run } = job;
  if (state !== 'running' || leftOfLease(job) > 0 || run === undefined || run === gatewayRun()) return false;
  takeBack(job);
  return true;
}

/** Queues a job again without counting the last attempt. */
export function takeBack(job: Job): void {
  Object.assign(job, { state: 'queued', lease: 0, attempts: Math.max(0, job.attempts - 1) });
  delete job.run;
}

/** Ends a job that was interrupted too often. */
export async function giveUp(store: ObjectStore, job: Job): Promise<void> {
  const gone = new Problem('function-failed', 'Work on this job was interrupted too often; start a new one.');
  Object.assign(job, { state: 'failed', lease: 0, error: problemOf(gone) });
  await saveJob(store, job);
  await dropUploads(store, job);
}

/** Deletes the uploads of a finished job; only unfinished jobs have any. */
export async function dropUploads(store: ObjectStore, { pictures }: Job): Promise<void> {
  await Promise.allSettled(pictures.map(({ upload }) => (upload === undefined ? undefined : store.delete(upload))));
}

/** Saves a job as it changes: one write at a time, the latest state last. Resolves when that is written. */
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
