import { parentPort } from 'node:worker_threads';
import { type KernelJob, runJob } from './kernels/index.ts';
import type { Pixels } from './pixels.ts';

/* The thread in which pixel kernels run: one job in, one picture out. See kernel-runner.ts. */

parentPort?.on('message', (job: KernelJob) => {
  parentPort?.postMessage(runJob({ ...job, pixels: asBuffer(job.pixels) }));
});

/** A message brings a plain Uint8Array. */
function asBuffer({ data, ...rest }: Pixels): Pixels {
  return { ...rest, data: Buffer.from(data.buffer, data.byteOffset, data.byteLength) };
}
