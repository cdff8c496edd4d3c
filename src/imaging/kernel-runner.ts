import { once } from 'node:events';
import { availableParallelism } from 'node:os';
import { setTimeout } from 'node:timers/promises';
import { Worker } from 'node:worker_threads';
import { createLimiter } from '#platform/limiter';
import { Problem } from '#platform/problems';
import { type KernelJob, type KernelName, type KernelOptions, runJob } from './kernels/index.ts';
import type { Pixels } from './pixels.ts';

/*
 * Pixel kernels written in TypeScript would block every other request: they run in worker threads, one job a thread,
 * and a thread that takes too long is ended. Idle threads are kept for the next job.
 */

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
 * @throws Problem `timed-out`, or `busy` when too many wait
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
  return limited(() => inWorker(file, { name, pixels, options }, deadline - performance.now()));
}

async function inWorker(file: URL, job: KernelJob, time: number): Promise<Pixels> {
  const worker = idle.pop() ?? startWorker(file);
  worker.ref();
  try {
    const { data, ...rest } = await answerOf(worker, job, time);
    worker.unref();
    idle.push(worker);
    return { ...rest, data: Buffer.from(data.buffer, data.byteOffset, data.byteLength) };
  } catch (error) {
    void worker.terminate();
    throw error;
  }
}

function startWorker(file: URL): Worker {
  const worker = new Worker(file);
  const forget = (): void => {
    if (idle.includes(worker)) idle.splice(idle.indexOf(worker), 1);
  };
  // Also keeps an error between two jobs from ending the process.
  return worker.on('error', forget).on('exit', forget);
}

async function answerOf(worker: Worker, job: KernelJob, time: number): Promise<Pixels> {
  const settled = new AbortController();
  const { signal } = settled;
  try {
    const answer = once(worker, 'message', { signal });
    const late = setTimeout(Math.max(0, time), undefined, { signal }).then(() => {
      throw new Problem('timed-out', 'The work took too long and was stopped.');
    });
    const ended = once(worker, 'exit', { signal }).then(([code]) => {
      throw new Error(`the kernel's thread ended with ${code}`);
    });
    worker.postMessage(job);
    const [pixels] = (await Promise.race([answer, late, ended])) as [Pixels];
    return pixels;
  } finally {
    settled.abort();
  }
}
