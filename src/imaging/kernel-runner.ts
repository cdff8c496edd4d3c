import { availableParallelism } from 'node:os';
import { Worker } from 'node:worker_threads';
import { createLimiter } from '#platform/limiter';
import { Problem } from '#platform/problems';
import { type KernelJob, type KernelName, type KernelOptions, kernels } from './kernels/index.ts';
import type { Pixels } from './pixels.ts';

/*
 * Pixel kernels written in TypeScript would block every other request: they run in worker threads, one job a thread,
 * and a thread that takes too long is ended. Idle threads are kept for the next job.
 */

let workerFile: URL | undefined;
const idle: Worker[] = [];
const limited = createLimiter({ running: availableParallelism(), waiting: 32 });

/** Where the bundled worker lies; without it kernels run in the calling thread (scripts and tests). */
export function useKernelWorker(file: URL): void {
  workerFile = file;
}

/**
 * Runs a kernel on pixels. The pixels are handed over to the worker: the caller must not use them again.
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
  if (!file) return Promise.resolve(kernels[name](pixels, options));
  const deadline = performance.now() + time;
  return limited(() => inWorker(file, { name, pixels, options }, deadline - performance.now()));
}

async function inWorker(file: URL, job: KernelJob, time: number): Promise<Pixels> {
  const worker = idle.pop() ?? new Worker(file);
  try {
    const result = await answerOf(worker, job, time);
    worker.removeAllListeners();
    worker.unref();
    idle.push(worker);
    return { ...result, data: Buffer.from(result.data.buffer, result.data.byteOffset, result.data.byteLength) };
  } catch (error) {
    void worker.terminate();
    throw error;
  }
}

function answerOf(worker: Worker, job: KernelJob, time: number): Promise<Pixels> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(
      () => reject(new Problem('timed-out', 'The work took too long and was stopped.')),
      Math.max(0, time),
    );
    const settle = (then: () => void) => () => {
      clearTimeout(timer);
      then();
    };
    worker.ref();
    worker.once('message', (result: Pixels) => settle(() => resolve(result))());
    worker.once('error', (error) => settle(() => reject(error))());
    worker.once('exit', (code) => settle(() => reject(new Error(`the kernel's thread ended with ${code}`)))());
    worker.postMessage(job);
  });
}
