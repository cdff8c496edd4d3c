import { Problem } from '#contract/problems';
import type { PictureHeader } from '#decoding/decoder-bytes';
import { decoderBytes } from '#decoding/decoder-bytes';
import { pictureHeader } from '#decoding/picture-header';
import { pngOf } from './picture-work.ts';

/** A picture between two steps. */
export interface StagePicture {
  bytes: Buffer;
  contentType: string;
  /** Upright. */
  width: number;
  height: number;
  header: PictureHeader;
}

/** A picture whose header is known. */
export function staged(bytes: Buffer, contentType: string, header: PictureHeader): StagePicture {
  return { bytes, contentType, ...header.upright, header };
}

/**
 * A function's answer and its upright size.
 * @throws Problem `function-failed` naming the function when its answer is no picture after all
 */
export async function stagePicture(
  bytes: Buffer,
  contentType: string,
  { from, signal }: { from: string; signal: AbortSignal },
): Promise<StagePicture> {
  try {
    return staged(bytes, contentType, await pictureHeader(bytes, 'The picture', signal));
  } catch (cause) {
    if (signal.aborted) throw cause;
    throw new Problem('function-failed', `The function ${from} answered with a picture that cannot be read.`, {
      members: { function: from },
      cause,
    });
  }
}

/**
 * Puts a colour behind transparency; a picture without any stays as it is. The result is PNG, so that nothing is lost.
 */
export async function flattened(
  { bytes, header }: StagePicture,
  background: string,
  signal: AbortSignal,
): Promise<Buffer> {
  if (!header.hasAlpha) return bytes;
  const pixels = header.width * header.height;
  const held = decoderBytes(header) + pixels * header.bands * header.bandBytes;
  return pngOf('flatten', bytes, { data: background, held, pixels, signal });
}
