import { TIMES } from '#config/times';
import { engine } from '#decoding/engine';
import { openPicture } from '#decoding/open-picture';
import type { Work } from '#process/child';
import { runInChild } from '#process/run-in-child';
import { createWorkQueue } from '#process/work-queue';

/* Work on pixels, which runs in child processes (worker.ts). */

/** Puts the colour in `data` behind transparency. */
export const flatteningWork: Work = async ({ data, parts: [bytes] }) => {
  // The sizes of uploads and of functions' answers have been checked.
  const graph = openPicture(bytes as Buffer, { maxPixels: false }).flatten({ background: data as string });
  return { data: undefined, parts: [await graph.png({ compressionLevel: 3 }).toBuffer()] };
};

/** Draws a timeline; one of many steps is taller than pictures may be. */
export const drawingWork: Work = async ({ parts: [svg] }) => ({
  data: undefined,
  parts: [
    await engine()(svg as Buffer, { limitInputPixels: false })
      .png()
      .toBuffer(),
  ],
});

const WORKS = { flatten: flatteningWork, draw: drawingWork };
const queue = createWorkQueue();

/**
 * Makes a PNG of a picture.
 * @param rules the work's data; the memory it needs in bytes; its pixels; the caller's signal
 * @throws Problem `timed-out` or `busy`; a decoder's error; the signal's reason
 */
export function pngOf(
  kind: keyof typeof WORKS,
  bytes: Buffer,
  { data, held, pixels, signal }: { data?: string; held: number; pixels: number; signal?: AbortSignal | undefined },
): Promise<Buffer> {
  const work = async (): Promise<Buffer> => {
    const { parts } = await runInChild(kind, { data, parts: [bytes] }, { time: TIMES.work, signal }, WORKS[kind]);
    return parts[0] as Buffer;
  };
  return queue({ bytes: held + 2 * bytes.length, pixels }, work, signal);
}
