import { type MessagePort, parentPort, workerData } from 'node:worker_threads';
import { Problem } from '#platform/problems';
import type { Model } from './models.ts';
import { centreCrop, decode, normalise } from './preprocess.ts';
import type { Job, WorkerSettings, WorkFailure, WorkReply, WorkRequest, WorkResult } from './protocol.ts';
import { openImageTower, openTextTower } from './session.ts';

/*
 * The inference worker: decodes, preprocesses and runs the graphs, all of which would stop the thread that answers
 * requests. Its bundle is what `new Worker(…)` is given.
 */

const { threads } = workerData as WorkerSettings;
const opened = new Map<string, Promise<unknown>>();

/** Opens each half of a model once; a failure is not kept, so that a mended file is found. */
function once<T>(key: string, open: () => Promise<T>): Promise<T> {
  const known = opened.get(key) as Promise<T> | undefined;
  if (known) return known;
  const opening = open();
  opened.set(key, opening);
  opening.catch(() => opened.delete(key));
  return opening;
}

const imageTower = (model: Model) => once(`image ${model.folder}`, () => openImageTower(model, threads));
const textTower = (model: Model) => once(`text ${model.folder}`, () => openTextTower(model, threads));

async function work(model: Model, job: Job): Promise<WorkResult> {
  if (job.kind === 'open') {
    await imageTower(model);
    return { vectors: new Float32Array(0), timings: {} };
  }
  return job.kind === 'image' ? workImage(model, job) : workTexts(model, job.texts);
}

async function workImage(model: Model, job: Job & { kind: 'image' }): Promise<WorkResult> {
  const { image } = model.manifest;
  const clock = stopwatch();
  const [tower, picture] = await Promise.all([imageTower(model), decode(job.bytes, image.size, job.rules)]);
  const decoded = clock();
  const planes = normalise(centreCrop(picture, image.size), image);
  const preprocess = clock();
  const vectors = await tower.embed(planes);
  return { vectors, timings: { decode: decoded, preprocess, infer: clock() } };
}

async function workTexts(model: Model, texts: string[]): Promise<WorkResult> {
  const clock = stopwatch();
  const tower = await textTower(model);
  const vectors = await tower.embed(texts);
  return { vectors, timings: { text: clock() } };
}

/** Milliseconds since it was last asked. */
function stopwatch(): () => number {
  let last = performance.now();
  return () => {
    const now = performance.now();
    const lap = now - last;
    last = now;
    return lap;
  };
}

function asFailure(error: unknown): WorkFailure {
  if (error instanceof Problem) {
    const { code, message, headers } = error;
    return { code, detail: message, headers, stack: error.cause instanceof Error ? error.cause.stack : undefined };
  }
  return error instanceof Error ? { detail: error.message, stack: error.stack } : { detail: String(error) };
}

async function answer(port: MessagePort, { id, model, job }: WorkRequest): Promise<void> {
  let reply: WorkReply;
  try {
    const { vectors, timings } = await work(model, job);
    // A copy of their own: what the engine hands out may lie in its memory.
    reply = { id, result: { vectors: vectors.slice(), timings } };
  } catch (error) {
    reply = { id, failure: asFailure(error) };
  }
  port.postMessage(reply, 'result' in reply ? [reply.result.vectors.buffer as ArrayBuffer] : []);
}

const port = parentPort;
port?.on('message', (request: WorkRequest) => answer(port, request));
