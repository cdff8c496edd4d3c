import sharp from 'sharp';
import { TIMES } from '#config/times';
import { doneApart } from '#process/apart';
import type { Work } from '#process/child';
import { createLimiter } from '#process/limiter';
import { codecProblem } from './codec-errors.ts';
import type { PictureHeader } from './decoder-bytes.ts';
import { codedOf } from './decoder-bytes.ts';
import { plainHeader } from './plain-header.ts';

/** Headers that libvips reads at once: few are, and each may take a processor until its time is up. */
const limited = createLimiter({ running: 2, waiting: 64 });

/**
 * Reads a header: that of an ordinary JPEG, PNG or WebP here, in microseconds; any other by libvips
 * in a process that is ended when its time is up or nobody waits any more, for odd ones can keep it busy for minutes.
 * @throws Problem as decoders do, `busy` or `timed-out`
 */
export async function pictureHeader(bytes: Buffer, what: string, signal?: AbortSignal): Promise<PictureHeader> {
  const plain = plainHeader(bytes);
  if (plain) return plain;
  const job = { data: what, parts: [bytes] };
  const rules = { time: TIMES.header, signal };
  const reply = await limited(() => doneApart('header', job, rules, headerWork), signal);
  return reply.data as PictureHeader;
}

/** What {@link pictureHeader} has done apart. */
export const headerWork: Work = async ({ data, parts: [bytes] }) => ({
  data: await readHeader(bytes as Buffer, data as string),
  parts: [],
});

async function readHeader(bytes: Buffer, what: string): Promise<PictureHeader> {
  try {
    const header = await sharp(bytes, { limitInputPixels: false }).metadata();
    return { ...codedOf(header), upright: header.autoOrient, hasAlpha: header.hasAlpha, space: header.space };
  } catch (error) {
    throw codecProblem(error, { what });
  }
}
