import sharp from 'sharp';
import { openPicture } from '#platform/open-picture';
import { Problem } from '#platform/problems';

/** A picture between two steps. */
export interface StagePicture {
  bytes: Buffer;
  contentType: string;
  width: number;
  height: number;
}

/**
 * An encoded picture and its upright size.
 * @throws Problem `function-failed` naming the function when its answer is no picture after all
 */
export async function stagePicture(bytes: Buffer, contentType: string, from: string): Promise<StagePicture> {
  try {
    const { autoOrient } = await sharp(bytes, { limitInputPixels: false }).metadata();
    return { bytes, contentType, width: autoOrient.width, height: autoOrient.height };
  } catch (cause) {
    throw new Problem('function-failed', `The function ${from} answered with a picture that cannot be read.`, {
      members: { function: from },
      cause,
    });
  }
}

/** Puts a colour behind transparency; a picture without any stays as it is. The result is PNG, so that nothing is lost. */
export async function flattened(bytes: Buffer, background: string): Promise<Buffer> {
  // Every pixel of a picture that came in, or of a function's answer, was allowed already.
  const graph = openPicture(bytes, { maxPixels: false });
  const { hasAlpha } = await graph.metadata();
  return hasAlpha ? graph.flatten({ background }).png({ compressionLevel: 3 }).toBuffer() : bytes;
}
