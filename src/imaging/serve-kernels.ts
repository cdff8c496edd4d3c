import { parentPort } from 'node:worker_threads';
import { Problem } from '#platform/problems';
import type { KernelJob, KernelReply } from './kernels/index.ts';
import type { Pixels } from './pixels.ts';

/** Any kernel: that a job's options are those of its kernel was checked where the job was made. */
type AnyKernel = (pixels: Pixels, options: never) => Pixels | Promise<Pixels>;

/** Makes this thread a worker: one job in, one picture out, or what is wrong with the model. */
export function serveKernels(kernels: Record<string, AnyKernel>): void {
  parentPort?.on('message', async ({ name, pixels, options }: KernelJob) => {
    const kernel = kernels[name];
    // Anything but a problem ends the thread, which tells the one that asked.
    if (!kernel) throw new Error(`this function's worker has no kernel "${name}"`);
    const reply = await replyOf(async () => kernel(asBuffer(pixels), options as never));
    parentPort?.postMessage(reply, 'pixels' in reply ? handedOver(reply.pixels) : []);
  });
}

/** What moves to the other thread without a copy: memory that nothing else lies in. */
function handedOver({ data: { buffer, byteLength } }: Pixels): ArrayBuffer[] {
  return buffer instanceof ArrayBuffer && buffer.byteLength === byteLength ? [buffer] : [];
}

async function replyOf(work: () => Promise<Pixels>): Promise<KernelReply> {
  try {
    return { pixels: await work() };
  } catch (error) {
    if (!(error instanceof Problem)) throw error;
    const { code, message, headers } = error;
    return { problem: { code, message, headers } };
  }
}

/** A message brings a plain Uint8Array. */
function asBuffer({ data, ...rest }: Pixels): Pixels {
  return { ...rest, data: Buffer.from(data.buffer, data.byteOffset, data.byteLength) };
}
