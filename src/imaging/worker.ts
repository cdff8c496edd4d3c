import { parentPort } from 'node:worker_threads';
import { type KernelJob, kernels } from './kernels/index.ts';

/* The thread in which pixel kernels run: one job in, one picture out. See kernel-runner.ts. */

parentPort?.on('message', ({ name, pixels, options }: KernelJob) => {
  // A message brings a plain Uint8Array.
  const data = Buffer.from(pixels.data.buffer, pixels.data.byteOffset, pixels.data.byteLength);
  parentPort?.postMessage(kernels[name]({ ...pixels, data }, options));
});
