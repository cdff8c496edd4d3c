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
 * Works on a job that the queue delivered. A delivery of a finished job changes nothing; one of a job that somebody
 * works on is put off.
 * @throws Problem `busy` while another works on it; what failed in passing, whose status tells the queue to deliver it
 *   again
 */
export async function workOnJob(store: ObjectStore, job: Job, event: FunctionEvent): Promise<void> {
  if (isOver(job)) return;
  const waits = Math.ceil(leftOfLease(job) / 1_000);
  if (waits > 0) {
    const headers = { 'retry-after': String(waits) };
    throw new Problem('busy', 'This job is being worked on already.', { headers });
  }
  forgiveRestart(job);
  // A picture that kills its worker would kill all of them, one after the other.
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
    // Whoever delivered it is gone, and with it the calls of its steps: the platform stops or starts anew.
    if (event.signal.aborted) takeBack(job);
    else Object.assign(job, { state: 'queued', lease: 0 });
    await save();
    throw failure;
  } finally {
    clearInterval(renewal);
  }
}

/** @returns what failed in passing, where another attempt may help */
async function attempt(
  store: ObjectStore,
  job: Job,
  event: FunctionEvent,
  save: () => Promise<void>,
): Promise<unknown> {
  for (const picture of job.pictures) if (picture.upload) picture.steps = [];
  const pictures = await Promise.all(job.pictures.map((picture) => uploaded(store, picture)));
  const watch = storing(store, job, save);
  const rules = runRules(event, performance.now(), 'job');
  const runs = await runPipeline(pictures, job.steps, rules, { keep: 'none', watch });
  for (const [index, run] of runs.entries()) settle(job.pictures[index] as JobPicture, run);
  const passing = runs.find(({ failure }) => isPassing(failure));
  return job.attempts < MOST_ATTEMPTS || event.signal.aborted ? passing?.failure : undefined;
}

/** The job is over: it failed when nothing came of any of its pictures. */
async function close(store: ObjectStore, job: Job, save: () => Promise<void>): Promise<void> {
  const failed = job.pictures.every(({ error }) => error);
  Object.assign(job, { state: failed ? 'failed' : 'done', lease: 0 });
  const error = failed ? job.pictures[0]?.error : undefined;
  if (error) job.error = error;
  await save();
  await dropUploads(store, job);
}

async function uploaded(store: ObjectStore, { upload, error }: JobPicture): Promise<Picture | Error> {
  if (!upload) return new Problem('not-a-picture', error?.detail ?? 'This is no picture.');
  const found = await store.get(upload);
  if (!found) return new Problem('expired', 'The picture of this job is past its time; start a new job.');
  return checkPicture(found.bytes, limitsFromEnv());
}

/** What each step makes goes into the store under a name that is the same in every attempt. */
function storing(store: ObjectStore, job: Job, save: () => Promise<void>): Watcher {
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
  // Now in the order of the steps, not as they were done.
  picture.steps = steps.map((record) => {
    const ref = refs.get(record.name);
    return ref === undefined ? record : { ...record, ref };
  });
  const last = picture.steps.findLast(({ ref }) => ref !== undefined)?.ref;
  if (last !== undefined) picture.ref = last;
  if (classification) picture.seen = classification;
  if (error) picture.error = error;
  else delete picture.error;
}
