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
 * Decodes pictures, resizes and cuts them, in child processes: decoders cannot be interrupted,
 * and a picture may crash them.
 */

/** What is sent along with a picture. */
export interface PrepareJob {
  size: number;
  rules: DecodeRules;
}

/** What a process makes of a picture: size × size × 3 bytes, interleaved. */
export const prepareWork: Work = async ({ data, parts: [bytes] }) => {
  const { size, rules } = data as PrepareJob;
  const clock = stopwatch();
  const picture = await decode(bytes as Buffer, size, rules);
  const decoded = clock();
  const pixels = centreCrop(picture, size);
  return { data: { decode: decoded, preprocess: clock() }, parts: [Buffer.from(pixels.buffer)] };
};

/** The line in front of the processes: as many pictures at once as there are processors and memory for. */
export class Preparers {
  readonly #queue = createWorkQueue(Number.POSITIVE_INFINITY);
  #waiting = 0;

  get waiting(): number {
    return this.#waiting;
  }

  /**
   * Prepares a picture.
   * @throws Problem `picture-damaged`, `too-many-pixels` or `timed-out`; the signal's reason when nobody waits any more
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
      // Whoever waits in a line hears only that it has left.
      throw signal.aborted ? signal.reason : error;
    } finally {
      begin();
    }
  }
}

/** Bytes a pixel of what comes out of a decoder, with what it is made of (`bench/memory/run.mjs`). */
const BYTES_OUT = 9;

/**
 * Estimates the most bytes that preparing a picture holds.
 * @param sent bytes of it as it came: they are held twice more, on their way and in the process
 */
export function bytesToPrepare(header: PictureHeader, sent: number, job: PrepareJob): number {
  return decoderBytes(header) + pixelsOut(header, job) * BYTES_OUT + 2 * sent;
}

function pixelsOut(header: PictureHeader, { size, rules }: PrepareJob): number {
  return (header.width * header.height) / reductionOf(header, size, rules) ** 2;
}

/** What the work takes. @throws Problem `too-many-pixels` where there is never so much memory */
function sizeOf(header: PictureHeader, sent: number, job: PrepareJob): WorkSize {
  // Refused by the process, from the header alone.
  if (header.width * header.height > job.rules.maxPixels) return { bytes: 0, pixels: 0 };
  const bytes = bytesToPrepare(header, sent, job);
  if (bytes <= workBudget.total) return { bytes, pixels: pixelsOut(header, job) };
  const [needed, there] = [bytes, workBudget.total].map((one) => Math.round(one / 2 ** 20));
  throw new Problem(
    'too-many-pixels',
    `Decoding this picture needs about ${needed} MiB of memory, and ${there} MiB are there; send a smaller one.`,
  );
}
