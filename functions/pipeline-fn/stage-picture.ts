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

/** A stage picture from bytes whose header has been read. */
export function staged(bytes: Buffer, contentType: string, header: PictureHeader): StagePicture {
  return { bytes, contentType, ...header.upright, header };
}

/**
 * Reads the header of a picture that a function answered with.
 * @throws Problem `function-failed` with the function's name if the picture cannot be read
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
 * Puts a colour behind transparency; a picture without transparency is unchanged. The result is PNG, which is lossless.
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
