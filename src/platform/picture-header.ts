import sharp from 'sharp';
import { doneApart } from './apart.ts';
import type { Work } from './child.ts';
import { codecProblem } from './codec-errors.ts';
import type { PictureHeader } from './decoding.ts';
import { codedOf } from './decoding.ts';
import { createLimiter } from './limiter.ts';
import { plainHeader } from './plain-header.ts';
import { TIMES } from './times.ts';

/** Headers that libvips reads at once: few are, and each may take a processor until its time is up. */
const limited = createLimiter({ running: 2, waiting: 64 });

/**
 * Reads a header: that of an ordinary JPEG, PNG or WebP here, in microseconds; any other by libvips in a process that is ended
 * when its time is up or nobody waits any more, for odd ones can keep it busy for minutes.
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
