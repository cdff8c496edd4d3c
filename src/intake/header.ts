import sharp from 'sharp';
import { Problem } from '#platform/problems';
import { unsupportedKind } from './accepted/index.ts';
import { jpegSize } from './jpeg-header.ts';
import type { Limits } from './limits.ts';
import { type Format, refusal, sniff, unsupportedProblem } from './sniff.ts';

/** A picture as it came: still encoded, its header checked, no pixel decoded. */
export interface Picture {
  bytes: Buffer;
  format: Format;
  /** Pixels as stored, before EXIF orientation. */
  width: number;
  height: number;
  /** After it. */
  upright: { width: number; height: number };
  hasAlpha: boolean;
}

/**
 * Tells the format from the bytes and checks the header before anything decodes a pixel.
 * @throws Problem `not-a-picture`, `format-unsupported`, `picture-damaged` or `too-many-pixels`
 */
export async function checkHeader(bytes: Buffer, limits: Limits): Promise<Picture> {
  const format = sniff(bytes);
  if (!format) throw refusal(bytes);
  const kind = unsupportedKind(bytes, format);
  if (kind) throw unsupportedProblem(kind);
  const header = await readHeader(bytes, format);
  const { width, height } = header;
  if (width * height > limits.maxPixels) {
    throw new Problem(
      'too-many-pixels',
      `The picture has ${width} × ${height} pixels; at most ${limits.maxPixels / 1_000_000} million are allowed here.`,
      { members: { width, height, maxPixels: limits.maxPixels } },
    );
  }
  return { bytes, format, ...header };
}

async function readHeader(bytes: Buffer, format: Format): Promise<Omit<Picture, 'bytes' | 'format'>> {
  const size = format === 'jpeg' ? jpegSize(bytes) : undefined;
  if (size) return { ...size, upright: size, hasAlpha: false };
  try {
    const { width, height, autoOrient, hasAlpha } = await sharp(bytes, { limitInputPixels: false }).metadata();
    return { width, height, upright: autoOrient, hasAlpha };
  } catch (cause) {
    throw new Problem('picture-damaged', `The ${format.toUpperCase()} header is damaged; the picture cannot be read.`, {
      cause,
    });
  }
}
