import { TIMES } from '#config/times';
import type { Work } from '#process/child';
import { createLimiter } from '#process/limiter';
import { runInChild } from '#process/run-in-child';
import { SMALL_BYTES } from '#process/uploads';
import { codecProblem } from './codec-errors.ts';
import type { PictureHeader } from './decoder-bytes.ts';
import { codedOf } from './decoder-bytes.ts';
import { openPicture } from './open-picture.ts';
import { plainHeader } from './plain-header.ts';

/**
 * Limits concurrent header reads by libvips. They are rare, but each may occupy a processor until its time limit, so
 * small files need not wait for large ones.
 */
const limited = createLimiter({ running: 1, waiting: 64, spare: 1 });

/**
 * Reads a header. An ordinary JPEG, PNG or WebP is parsed here, in microseconds. Anything else is read by libvips in a
 * child process, which is killed at the time limit or when the caller leaves, since an unusual header can take
 * minutes.
 * @throws Problem as decoders do, `busy` or `timed-out`
 */
export async function pictureHeader(bytes: Buffer, what: string, signal?: AbortSignal): Promise<PictureHeader> {
  const plain = plainHeader(bytes);
  if (plain) return plain;
  const job = { data: what, parts: [bytes] };
  const rules = { time: TIMES.header, signal };
  const late = bytes.length > SMALL_BYTES ? 1 : 0;
  const reply = await limited(() => runInChild('header', job, rules, headerWork), signal, late);
  return reply.data as PictureHeader;
}

/** The part of {@link pictureHeader} that runs in a child process. */
export const headerWork: Work = async ({ data, parts: [bytes] }) => ({
  data: await readPictureHeader(bytes as Buffer, data as string),
  parts: [],
});

async function readPictureHeader(bytes: Buffer, what: string): Promise<PictureHeader> {
  try {
    const header = await openPicture(bytes, { maxPixels: false }).metadata();
    return { ...codedOf(header), upright: header.autoOrient, hasAlpha: header.hasAlpha, space: header.space };
  } catch (error) {
    throw codecProblem(error, { what });
  }
}
