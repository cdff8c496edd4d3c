import { once } from 'node:events';
import { availableParallelism } from 'node:os';
import { setTimeout } from 'node:timers/promises';
import { Worker } from 'node:worker_threads';
import { createLimiter } from '#platform/limiter';
import { Problem } from '#platform/problems';
import { type KernelJob, type KernelName, type KernelOptions, type KernelReply, runJob } from './kernels/index.ts';
import type { Pixels } from './pixels.ts';

/*
 * Pixel kernels written in TypeScript, and models, would block every other request: they run in worker threads, one job
 * a thread, and a thread that takes too long is ended. Idle threads are kept for the next job.
 */

/** A thread ended while its engine runs a graph takes the process with it: such a job is left to finish. */
const UNSTOPPABLE: readonly KernelName[] = ['matte'];

let workerFile: URL | undefined;
const idle: Worker[] = [];
const limited = createLimiter({ running: availableParallelism(), waiting: 32 });

/** Where the bundled worker lies; without one kernels run in the calling thread (scripts and tests). */
export function useKernelWorker(file: URL | undefined): void {
  workerFile = file;
}

/**
 * Runs a kernel on pixels.
 * @param time milliseconds until it is stopped
 * @throws Problem `timed-out`, `busy` when too many wait, or what the kernel itself throws
 */
export function runKernel<Name extends KernelName>(
  name: Name,
  pixels: Pixels,
  options: KernelOptions<Name>,
  time: number,
): Promise<Pixels> {
  const file = workerFile;
  if (!file) return Promise.resolve(runJob({ name, pixels, options }));
  const deadline = performance.now() + time;
  const work = limited(() => inWorker(file, { name, pixels, options }, deadline));
  return UNSTOPPABLE.includes(name) ? orLate(work, time) : work;
}

/** The answer, or a problem when it is late; the work itself goes on. */
async function orLate<T>(work: Promise<T>, time: number): Promise<T> {
  const settled = new AbortController();
  try {
    return await Promise.race([work, lateAfter(time, settled.signal)]);
  } finally {
    settled.abort();
  }
}

async function lateAfter(time: number, signal: AbortSignal): Promise<never> {
  await setTimeout(Math.max(0, time), undefined, { signal });
  throw new Problem('timed-out', 'The work took too long and was stopped.');
}

async function inWorker(file: URL, job: KernelJob, deadline: number): Promise<Pixels> {
  const worker = idle.pop() ?? startWorker(file);
  worker.ref();
  let reply: KernelReply;
  try {
    reply = await replyOf(worker, job, UNSTOPPABLE.includes(job.name) ? undefined : deadline - performance.now());
  } catch (error) {
    void worker.terminate();
    throw error;
  }
  worker.unref();
  idle.push(worker);
  if ('problem' in reply) throw new Problem(reply.problem.code, reply.problem.message, reply.problem);
  const { data, ...rest } = reply.pixels;
  return { ...rest, data: Buffer.from(data.buffer, data.byteOffset, data.byteLength) };
}

function startWorker(file: URL): Worker {
  const worker = new Worker(file);
  const forget = (): void => {
    if (idle.includes(worker)) idle.splice(idle.indexOf(worker), 1);
  };
  // Also keeps an error between two jobs from ending the process.
  return worker.on('error', forget).on('exit', forget);
}

/** @param time milliseconds; without it as long as it takes */
async function replyOf(worker: Worker, job: KernelJob, time: number | undefined): Promise<KernelReply> {
  const settled = new AbortController();
  const { signal } = settled;
  try {
    const answer = once(worker, 'message', { signal });
    const ended = once(worker, 'exit', { signal }).then(([code]) => {
      throw new Error(`the kernel's thread ended with ${code}`);
    });
    const late = time === undefined ? [] : [lateAfter(time, signal)];
    worker.postMessage(job);
    const [reply] = (await Promise.race([answer, ended, ...late])) as [KernelReply];
    return reply;
  } finally {
    settled.abort();
  }
}
