import sharp from 'sharp';
import { codecProblem } from '#platform/codec-errors';
import { Problem } from '#platform/problems';
import { unsupportedKind } from './accepted/index.ts';
import { isProgressive, jpegSize } from './jpeg-header.ts';
import type { Limits } from './limits.ts';
import { checkParts, checkScans, checkSides } from './shape.ts';
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
  /** Of a pixel as it is decoded: bands, and bytes of each. */
  bands: number;
  bandBytes: number;
  /** The decoder holds all pixels at once, as with interlaced PNGs and WebP. */
  whole: boolean;
}

/**
 * Tells the format from the bytes and checks the header before anything decodes a pixel.
 * @throws Problem `not-a-picture`, `format-unsupported`, `picture-damaged` or `too-many-pixels`
 */
export async function checkHeader(bytes: Buffer, limits: Limits): Promise<Picture> {
  const format = sniff(bytes);
  if (!format) throw refusal(bytes);
  // First: it bounds how much there is to go through.
  checkParts(bytes, format);
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
  checkSides(header);
  if (format === 'jpeg') checkScans(bytes, header);
  return { bytes, format, ...header };
}

/** Bytes of one band in libvips' own names; others are double or complex. */
const BYTES: Record<string, number> = { uchar: 1, char: 1, ushort: 2, short: 2, uint: 4, int: 4, float: 4 };

async function readHeader(bytes: Buffer, format: Format): Promise<Omit<Picture, 'bytes' | 'format'>> {
  const size = format === 'jpeg' ? jpegSize(bytes) : undefined;
  if (size) return { ...size, upright: size, hasAlpha: false, bands: 3, bandBytes: 1, whole: isProgressive(bytes) };
  try {
    const header = await sharp(bytes, { limitInputPixels: false }).metadata();
    // libvips' word for bands that are no colours it knows: it turns them into no others.
    if (header.space === 'multiband') throw unsupportedProblem(`a ${format.toUpperCase()} in unknown colours or inks`);
    const { width, height, autoOrient, hasAlpha, channels, depth, isProgressive: progressive } = header;
    const whole = progressive || ['webp', 'avif', 'gif', 'tiff'].includes(format);
    return { width, height, upright: autoOrient, hasAlpha, bands: channels, bandBytes: BYTES[depth] ?? 8, whole };
  } catch (error) {
    throw codecProblem(error, { what: `The ${format.toUpperCase()}` });
  }
}
