import { statSync } from 'node:fs';
import path from 'node:path';
import { type MessagePort, parentPort, workerData } from 'node:worker_threads';
import { missing } from '#platform/models';
import { Problem } from '#platform/problems';
import { requiredFiles } from './manifest.ts';
import type { Model } from './models.ts';
import { centreCrop, decode, normalise } from './preprocess.ts';
import type { Dismissal, Job, WorkerSettings, WorkFailure, WorkReply, WorkRequest, WorkResult } from './protocol.ts';
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

/** Both halves must be of one export: a file replaced since the first of them was opened is refused. */
const states = new Map<string, string>();

function checkUnchanged({ folder, manifest }: Model, key: string): void {
  const now = requiredFiles(manifest).map((name) => {
    const stat = statSync(path.join(folder, name), { throwIfNoEntry: false });
    return `${name} ${stat?.size} ${stat?.mtimeMs}`;
  });
  const state = now.join('\n');
  if ((states.get(key) ?? state) !== state) {
    states.delete(key);
    throw missing(
      `The files of the model "${manifest.id}" were replaced while it was in use; the next request uses them.`,
    );
  }
  states.set(key, state);
}

const keyOf = ({ folder, manifest: { files } }: Model) =>
  [folder, ...Object.values(files).map(({ sha256 }) => sha256)].join(' ');

function towerOf<T>(half: 'image' | 'text', model: Model, open: (model: Model, threads: number) => Promise<T>) {
  const key = keyOf(model);
  return once(`${half} ${key}`, async () => {
    checkUnchanged(model, key);
    return open(model, threads);
  });
}

const imageTower = (model: Model) => towerOf('image', model, openImageTower);
const textTower = (model: Model) => towerOf('text', model, openTextTower);

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
  clearTimeout(textIdle);
  textJobs += 1;
  try {
    const tower = await textTower(model);
    const vectors = await tower.embed(texts);
    return { vectors, timings: { text: clock() } };
  } finally {
    textJobs -= 1;
    if (textJobs === 0) textIdle = setTimeout(closeText, TEXT_IDLE, model).unref();
  }
}

/** Labels are kept once they are embedded, so the text half soon has nothing to do, and it may hold 200 MB. */
const TEXT_IDLE = 20_000;
let textIdle: NodeJS.Timeout | undefined;
let textJobs = 0;

async function closeText(model: Model): Promise<void> {
  const tower = textTower(model);
  opened.delete(`text ${keyOf(model)}`);
  await (await tower).close();
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
port?.on('message', (message: WorkRequest | Dismissal) => {
  if ('close' in message) port.close();
  else void answer(port, message);
});
