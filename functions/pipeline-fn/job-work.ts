import { isPassing } from '#client/retry';
import { Problem } from '#contract/problems';
import type { FunctionEvent } from '#handler';
import { checkPicture, limitsFromEnv, type Picture } from '#intake';
import type { ObjectStore } from '#storage/store';
import {
  dropUploads,
  forgiveRestart,
  gatewayRun,
  giveUp,
  isOver,
  type Job,
  type JobPicture,
  jobSaver,
  LEASE,
  leftOfLease,
  MOST_ATTEMPTS,
  RENEWAL,
  takeBack,
} from './job-record.ts';
import { type PictureRun, runPipeline, type Watcher } from './run.ts';
import { runRules } from './run-rules.ts';

/**
 * Works on a job that the queue delivered. A finished job stays as it is.
 * @throws Problem `busy` while another worker has the job; a temporary failure, whose status makes the queue deliver
 *   the job again
 */
export async function workOnJob(store: ObjectStore, job: Job, event: FunctionEvent): Promise<void> {
  if (isOver(job)) return;
  const seconds = Math.ceil(leftOfLease(job) / 1_000);
  if (seconds > 0) {
    const headers = { 'retry-after': String(seconds) };
    throw new Problem('busy', 'Another worker has this job.', { headers });
  }
  forgiveRestart(job);
  // A picture that crashes its worker would crash one after another.
  if (job.attempts >= MOST_ATTEMPTS) return giveUp(store, job);
  const save = jobSaver(store, job);
  const run = gatewayRun();
  const begun = { state: 'running', attempts: job.attempts + 1, lease: Date.now() + LEASE };
  Object.assign(job, begun, run !== undefined && { run });
  await save();
  const renewal = setInterval(() => {
    job.lease = Date.now() + LEASE;
    save().catch(() => undefined);
  }, RENEWAL);
  try {
    const failure = await attempt(store, job, event, save);
    if (failure === undefined) return await close(store, job, save);
    // The connection to the queue is gone: the platform stops or restarts.
    if (event.signal.aborted) takeBack(job);
    else Object.assign(job, { state: 'queued', lease: 0 });
    await save();
    throw failure;
  } finally {
    clearInterval(renewal);
  }
}

/** @returns the temporary failure, if another attempt may help */
async function attempt(
  store: ObjectStore,
  job: Job,
  event: FunctionEvent,
  save: () => Promise<void>,
): Promise<unknown> {
  for (const picture of job.pictures) if (picture.upload) picture.steps = [];
  const pictures = await Promise.all(job.pictures.map((picture) => uploaded(store, picture)));
  const watch = storeResults(store, job, save);
  const rules = runRules(event, performance.now(), 'job');
  const runs = await runPipeline(pictures, job.steps, rules, { keep: 'none', watch });
  for (const [index, run] of runs.entries()) settle(job.pictures[index] as JobPicture, run);
  const passing = runs.find(({ failure }) => isPassing(failure));
  return job.attempts < MOST_ATTEMPTS || event.signal.aborted ? passing?.failure : undefined;
}

/** Ends a job: it has failed if all of its pictures have. */
async function close(store: ObjectStore, job: Job, save: () => Promise<void>): Promise<void> {
  const failed = job.pictures.every(({ error }) => error);
  Object.assign(job, { state: failed ? 'failed' : 'done', lease: 0 });
  const error = failed ? job.pictures[0]?.error : undefined;
  if (error) job.error = error;
  await save();
  await dropUploads(store, job);
}

async function uploaded(store: ObjectStore, { upload, error }: JobPicture): Promise<Picture | Error> {
  if (!upload) return new Problem('not-a-picture', error?.detail ?? 'This is not a picture.');
  const found = await store.get(upload);
  if (!found) return new Problem('expired', 'The picture of this job has expired; start a new job.');
  return checkPicture(found.bytes, limitsFromEnv());
}

/** Stores the picture of each step, under the same key in every attempt. */
function storeResults(store: ObjectStore, job: Job, save: () => Promise<void>): Watcher {
  return {
    step: async (index, record, made) => {
      const picture = job.pictures[index] as JobPicture;
      const ref = `results/${job.id}-${index}-${record.name}`;
      const labels = job.steps.find(({ name }) => name === record.name)?.yields === 'labels';
      if (!labels && !record.error) await store.put(ref, made.bytes, { contentType: made.contentType });
      picture.steps.push(labels || record.error ? record : { ...record, ref });
      save().catch(() => undefined);
    },
  };
}

function settle(picture: JobPicture, { steps, classification, error }: PictureRun): void {
  const refs = new Map(picture.steps.map(({ name, ref }) => [name, ref]));
  // In the order of the steps, not in which they finished.
  picture.steps = steps.map((record) => {
    const ref = refs.get(record.name);
    return ref === undefined ? record : { ...record, ref };
  });
  const last = picture.steps.findLast(({ ref }) => ref !== undefined)?.ref;
  if (last !== undefined) picture.ref = last;
  if (classification) picture.classification = classification;
  if (error) picture.error = error;
  else delete picture.error;
}
