import type { Readable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import type * as z from 'zod';
import { queueFunction } from '#client/function-client';
import { problemOf } from '#contract/problem-data';
import { Problem } from '#contract/problems';
import type { FunctionContext, FunctionEvent } from '#handler';
import { type Emit, EVENT_HEADERS, eventStream } from '#http/events';
import { type ParsedBatchRequest, type Picture, parseBatchRequest } from '#intake';
import { type ObjectStore, openStore } from '#storage/store';
import { unfinishedBytes } from '#storage/store-retention';
import { drawn } from './answers.ts';
import { checkCallback } from './callback.ts';
import { addressOf, baseOf, jobJson } from './job-answers.ts';
import {
  forgiveRestart,
  giveUp,
  isAbandoned,
  isOver,
  type Job,
  type JobPicture,
  loadJob,
  MOST_ATTEMPTS,
  newJob,
  saveJob,
} from './job-record.ts';
import { workOnJob } from './job-work.ts';
import { jobOptions } from './options.ts';
import { arrivals, jobs } from './run-rules.ts';
import { retention, scheduleSweep } from './schedule-sweep.ts';
import { readSteps } from './steps.ts';

type Event = FunctionEvent<Readable>;
/** Parameters of an endpoint's path. */
type Params = Record<string, string>;

/** How often a followed job is read, and how long one event stream lasts, in milliseconds. */
const POLL_INTERVAL = 300;
const STREAM_DURATION = 50_000;

/** `POST /jobs`: stores the pictures, queues the job, answers 202 with its address. */
export async function postJob(event: Event, context: FunctionContext): Promise<void> {
  const store = openStore();
  // Parsed before it takes a place: a slow client must not hold one.
  const request = await parseBatchRequest(event, jobOptions);
  const job = await arrivals(() => createJob(store, event, request), event.signal);
  context.status(202).headers({ location: addressOf(job), 'cache-control': 'no-store' });
  context.succeed(await jobJson(store, job));
}

async function createJob(
  store: ObjectStore,
  event: Event,
  { pictures, batch, options }: ParsedBatchRequest<z.output<typeof jobOptions>>,
): Promise<Job> {
  const [only] = pictures;
  if (!batch && only instanceof Error) throw only;
  const { callback } = options;
  if (callback !== undefined) await checkCallback(callback);
  const fields = { steps: readSteps(options.steps), base: baseOf(event.headers), batch, pictures: [], callback };
  const job = newJob(fields, retention.maxAge.jobs);
  const bytes = pictures.reduce((sum, picture) => sum + (picture instanceof Error ? 0 : picture.bytes.length), 0);
  await checkFreeSpace(store, bytes);
  try {
    for (const picture of pictures) job.pictures.push(await storePicture(store, job, picture));
    await saveJob(store, job);
    await enqueue(job, event);
  } catch (error) {
    await deleteJob(store, job);
    throw error;
  }
  scheduleSweep(store, bytes);
  return job;
}

/** Unfinished jobs are never deleted, so they may fill the store. @throws Problem `store-full` */
async function checkFreeSpace(store: ObjectStore, bytes: number): Promise<void> {
  if ((await unfinishedBytes(store)) + bytes <= retention.maxBytes) return;
  throw new Problem('store-full', 'The store is full of unfinished jobs; try again when some are done.', {
    headers: { 'retry-after': '30' },
  });
}

async function storePicture(store: ObjectStore, job: Job, picture: Picture | Error): Promise<JobPicture> {
  if (picture instanceof Error) return { steps: [], error: problemOf(picture) };
  const upload = `uploads/${job.id}-${job.pictures.length}`;
  await store.put(upload, picture.bytes, { contentType: `image/${picture.format}` });
  return { steps: [], upload };
}

function enqueue({ id, callback }: Job, { callId }: FunctionEvent): Promise<void> {
  return queueFunction('pipeline-fn', {
    path: `/jobs/${id}/run`,
    body: Buffer.from(JSON.stringify({ job: id })),
    headers: { 'content-type': 'application/json' },
    callId,
    ...(callback !== undefined && { callbackUrl: callback }),
  });
}

/** Deletes a job that could not be queued. */
async function deleteJob(store: ObjectStore, { id, pictures }: Job): Promise<void> {
  const keys = [`jobs/${id}`, ...pictures.flatMap(({ upload }) => upload ?? [])];
  await Promise.allSettled(keys.map((key) => store.delete(key)));
}

/** `POST /jobs/{id}/run`: called by the queue, at least once for each job. */
export async function runJob(event: Event, context: FunctionContext, { id = '' }: Params): Promise<void> {
  const store = openStore();
  event.body.resume();
  const job = await loadJob(store, id);
  await jobs(() => workOnJob(store, job, event), event.signal);
  context.headers({ 'cache-control': 'no-store' });
  context.succeed(await jobJson(store, job));
}

/** `GET /jobs/{id}`. */
export async function getJob(event: Event, context: FunctionContext, { id = '' }: Params): Promise<void> {
  const store = openStore();
  const job = await recoverIfAbandoned(store, await loadJob(store, id), event);
  const again = isOver(job) ? {} : { 'retry-after': '1' };
  context.headers({ 'cache-control': 'no-store', ...again });
  context.succeed(await jobJson(store, job));
}

/**
 * Queues a job again whose worker was killed, or fails it after too many attempts: a queue that delivers only once
 * (OpenFaaS CE's) would never finish it.
 */
async function recoverIfAbandoned(store: ObjectStore, job: Job, event: FunctionEvent): Promise<Job> {
  if (!isAbandoned(job)) return job;
  const before = { ...job };
  const restarted = forgiveRestart(job);
  if (job.attempts >= MOST_ATTEMPTS || (job.requeued >= MOST_ATTEMPTS && !restarted)) {
    await giveUp(store, job);
    return job;
  }
  Object.assign(job, { state: 'queued', lease: 0, requeued: job.requeued + (restarted ? 0 : 1) });
  // Saved first: a worker that the queue starts at once must not have its state overwritten.
  await saveJob(store, job);
  try {
    await enqueue(job, event);
  } catch {
    // Restored; the next read of the job tries again.
    await saveJob(store, Object.assign(job, before));
  }
  return job;
}

/** `GET /jobs/{id}/events`: `step` for each finished step, then `done` or `failed`; resumes after `Last-Event-ID`. */
export async function jobEvents(event: Event, context: FunctionContext, { id = '' }: Params): Promise<void> {
  const store = openStore();
  await loadJob(store, id);
  const lastId = Number(event.headers['last-event-id']);
  const stream = eventStream((emit) => follow(store, id, event, emit, Number.isInteger(lastId) ? lastId : 0));
  context.headers(EVENT_HEADERS).succeed(stream);
}

async function follow(store: ObjectStore, id: string, event: FunctionEvent, emit: Emit, from: number): Promise<void> {
  const until = performance.now() + STREAM_DURATION;
  const reported = new Set<string>();
  for (let count = 0; performance.now() < until && !event.signal.aborted; ) {
    const job = await recoverIfAbandoned(store, await loadJob(store, id), event);
    for (const [picture, { steps }] of job.pictures.entries()) {
      for (const record of steps) {
        const key = `${picture} ${record.name}`;
        if (reported.has(key)) continue;
        reported.add(key);
        count += 1;
        if (count > from) emit('step', { picture, ...record }, String(count));
      }
    }
    if (isOver(job)) return emit(job.state, await jobJson(store, job));
    await sleep(POLL_INTERVAL, undefined, { signal: event.signal }).catch(() => undefined);
  }
}

/** `GET /jobs/{id}/pictures/{picture}/{step}`: the picture that a step made; `last` for that of the last step. */
export async function jobPicture(
  _event: Event,
  context: FunctionContext,
  { id = '', picture: index = '', step = '' }: Params,
): Promise<void> {
  const store = openStore();
  const job = await loadJob(store, id);
  const picture = /^\d{1,3}$/.test(index) ? job.pictures[Number(index)] : undefined;
  const ref = step === 'last' ? picture?.ref : picture?.steps.find(({ name }) => name === step)?.ref;
  const found = ref === undefined ? undefined : await store.get(ref);
  if (!found) throw new Problem('not-found', 'This job has no such picture, or does not have it yet.');
  const { contentType, bytes } = found;
  context.headers({ 'content-type': contentType, 'cache-control': 'private', 'x-content-type-options': 'nosniff' });
  context.succeed(bytes);
}

/** `GET /jobs/{id}/timeline.svg` and the like: a job as a drawing or a table. */
export function jobDrawing(output: Parameters<typeof drawn>[1]) {
  return async (_event: Event, context: FunctionContext, { id = '' }: Params): Promise<void> => {
    const { pictures } = await loadJob(openStore(), id);
    const { headers, body } = await drawn(pictures, output);
    context.headers(headers).succeed(body);
  };
}
