import { TIMES } from '#config/times';
import { Problem } from '#contract/problems';
import type { PictureHeader } from '#decoding/decoder-bytes';
import { decoderBytes } from '#decoding/decoder-bytes';
import { pictureHeader } from '#decoding/picture-header';
import type { Work } from '#process/child';
import { workBudget } from '#process/memory';
import { runInChild } from '#process/run-in-child';
import { createWorkQueue, type WorkSize } from '#process/work-queue';
import { centreCrop, type DecodeRules, decode, reductionOf } from './preprocess.ts';
import { stopwatch, type WorkResult } from './protocol.ts';

/*
 * Decodes, resizes and crops pictures in child processes: decoders cannot be interrupted, and a picture may crash
 * them.
 */

/** What is sent to the child with a picture. */
export interface PrepareJob {
  size: number;
  rules: DecodeRules;
}

/** The result: size × size × 3 bytes, interleaved RGB. */
export const prepareWork: Work = async ({ data, parts: [bytes] }) => {
  const { size, rules } = data as PrepareJob;
  const clock = stopwatch();
  const picture = await decode(bytes as Buffer, size, rules);
  const decoded = clock();
  const pixels = centreCrop(picture, size);
  return { data: { decode: decoded, preprocess: clock() }, parts: [Buffer.from(pixels.buffer)] };
};

/** Queues pictures: as many at once as processors and memory allow. */
export class Preparers {
  readonly #queue = createWorkQueue(Number.POSITIVE_INFINITY);
  #waiting = 0;

  get waiting(): number {
    return this.#waiting;
  }

  /**
   * Prepares a picture.
   * @throws Problem `picture-damaged`, `too-many-pixels` or `timed-out`; the signal's reason when the caller leaves
   */
  async run(bytes: Uint8Array, job: PrepareJob, signal: AbortSignal): Promise<WorkResult<Uint8Array>> {
    const sent = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    const queued = performance.now();
    this.#waiting += 1;
    let waits = true;
    const begin = (): void => {
      if (waits) this.#waiting -= 1;
      waits = false;
    };
    try {
      const workSize = sizeOf(await pictureHeader(sent, 'The picture', signal), sent.length, job);
      const work = async (): Promise<WorkResult<Uint8Array>> => {
        begin();
        const queue = performance.now() - queued;
        const rules = { time: TIMES.work, signal };
        const { data, parts } = await runInChild('prepare', { data: job, parts: [sent] }, rules, prepareWork);
        return { data: parts[0] as Buffer, timings: { queue, ...(data as Record<string, number>) } };
      };
      return await this.#queue(workSize, work, signal);
    } catch (error) {
      // The queue itself only reports that the caller left.
      throw signal.aborted ? signal.reason : error;
    } finally {
      begin();
    }
  }
}

/** Bytes per decoded pixel, including the decoder's own (`bench/memory/run.mjs`). */
const BYTES_OUT = 9;

/**
 * Estimates the peak memory of preparing a picture, in bytes.
 * @param sent bytes of the file: they are held twice more, in transit and in the child
 */
export function bytesToPrepare(header: PictureHeader, sent: number, job: PrepareJob): number {
  return decoderBytes(header) + pixelsOut(header, job) * BYTES_OUT + 2 * sent;
}

function pixelsOut(header: PictureHeader, { size, rules }: PrepareJob): number {
  return (header.width * header.height) / reductionOf(header, size, rules) ** 2;
}

/** What the work needs. @throws Problem `too-many-pixels` if there can never be that much memory */
function sizeOf(header: PictureHeader, sent: number, job: PrepareJob): WorkSize {
  // The child refuses it from the header alone.
  if (header.width * header.height > job.rules.maxPixels) return { bytes: 0, pixels: 0 };
  const bytes = bytesToPrepare(header, sent, job);
  if (bytes <= workBudget.total) return { bytes, pixels: pixelsOut(header, job) };
  const [needed, there] = [bytes, workBudget.total].map((one) => Math.round(one / 2 ** 20));
  throw new Problem(
    'too-many-pixels',
    `Decoding this picture needs about ${needed} MiB of memory, and ${there} MiB are there; send a smaller one.`,
  );
}
