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
/** The names in an endpoint's path. */
type Params = Record<string, string>;

/** Milliseconds between two looks at a job whose events somebody reads, and how long one answer of them lasts. */
const LOOK_EVERY = 300;
const EVENTS_LAST = 50_000;

/** `POST /jobs`: keeps the pictures, queues the job, answers 202 with its address. */
export async function postJob(event: Event, context: FunctionContext): Promise<void> {
  const store = openStore();
  // A request takes its place once it is here: senders that are slow or stop must hold none.
  const taken = await parseBatchRequest(event, jobOptions);
  const job = await arrivals(() => takeJobIn(store, event, taken), event.signal);
  context.status(202).headers({ location: addressOf(job), 'cache-control': 'no-store' });
  context.succeed(await jobJson(store, job));
}

async function takeJobIn(
  store: ObjectStore,
  event: Event,
  { pictures, batch, options }: ParsedBatchRequest<z.output<typeof jobOptions>>,
): Promise<Job> {
  const [only] = pictures;
  if (!batch && only instanceof Error) throw only;
  const { callback } = options;
  if (callback !== undefined) await checkCallback(callback);
  const about = { steps: readSteps(options.steps), base: baseOf(event.headers), batch, pictures: [], callback };
  const job = newJob(about, retention.maxAge.jobs);
  const bytes = pictures.reduce((sum, picture) => sum + (picture instanceof Error ? 0 : picture.bytes.length), 0);
  await checkRoom(store, bytes);
  try {
    for (const picture of pictures) job.pictures.push(await keptPicture(store, job, picture));
    await saveJob(store, job);
    await enqueue(job, event);
  } catch (error) {
    await forget(store, job);
    throw error;
  }
  scheduleSweep(store, bytes);
  return job;
}

/** Unfinished jobs are never driven out, so that a new one may find no room. @throws Problem `store-full` */
async function checkRoom(store: ObjectStore, bytes: number): Promise<void> {
  if ((await unfinishedBytes(store)) + bytes <= retention.maxBytes) return;
  throw new Problem('store-full', 'The store is full of unfinished jobs; try again when some are done.', {
    headers: { 'retry-after': '30' },
  });
}

async function keptPicture(store: ObjectStore, job: Job, picture: Picture | Error): Promise<JobPicture> {
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

/** A job that nobody was promised leaves nothing behind. */
async function forget(store: ObjectStore, { id, pictures }: Job): Promise<void> {
  const keys = [`jobs/${id}`, ...pictures.flatMap(({ upload }) => upload ?? [])];
  await Promise.allSettled(keys.map((key) => store.delete(key)));
}

/** `POST /jobs/{id}/run`: what the queue delivers, at least once. */
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
 * A job whose worker was killed goes into the queue once more, or is told to have failed: queues that deliver only
 * once (OpenFaaS CE's) would leave it lying for ever.
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
  // Written first: whom the queue wakes at once must not find its work overwritten.
  await saveJob(store, job);
  try {
    await enqueue(job, event);
  } catch {
    // It is as it was; the next look tries again.
    await saveJob(store, Object.assign(job, before));
  }
  return job;
}

/** `GET /jobs/{id}/events`: a `step` as each is done, then `done` or `failed`; a client that comes back misses none. */
export async function jobEvents(event: Event, context: FunctionContext, { id = '' }: Params): Promise<void> {
  const store = openStore();
  await loadJob(store, id);
  const seen = Number(event.headers['last-event-id']);
  const stream = eventStream((emit) => follow(store, id, event, emit, Number.isInteger(seen) ? seen : 0));
  context.headers(EVENT_HEADERS).succeed(stream);
}

async function follow(store: ObjectStore, id: string, event: FunctionEvent, emit: Emit, from: number): Promise<void> {
  const until = performance.now() + EVENTS_LAST;
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
    await sleep(LOOK_EVERY, undefined, { signal: event.signal }).catch(() => undefined);
  }
}

/** `GET /jobs/{id}/pictures/{picture}/{step}`: what a step made; `last` is the last one. */
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
  if (!found) throw new Problem('not-found', 'This job has no such picture, or not yet.');
  const { contentType, bytes } = found;
  context.headers({ 'content-type': contentType, 'cache-control': 'private', 'x-content-type-options': 'nosniff' });
  context.succeed(bytes);
}

/** `GET /jobs/{id}/timeline.svg` and its like: a job as a drawing or a table. */
export function jobDrawing(output: Parameters<typeof drawn>[1]) {
  return async (_event: Event, context: FunctionContext, { id = '' }: Params): Promise<void> => {
    const { pictures } = await loadJob(openStore(), id);
    const { headers, body } = await drawn(pictures, output);
    context.headers(headers).succeed(body);
  };
}
