import sharp from 'sharp';
import { codecProblem } from '#platform/codec-errors';
import { type Coded, codedOf } from '#platform/decoding';
import { Problem } from '#platform/problems';
import { unsupportedKind } from './accepted/index.ts';
import { hasScans, jpegSize } from './jpeg-header.ts';
import type { Limits } from './limits.ts';
import { checkParts, checkScans, checkSides } from './shape.ts';
import { type Format, refusal, sniff, unsupportedProblem } from './sniff.ts';

/** A picture as it came: still encoded, its header checked, no pixel decoded. */
export interface Picture extends Coded {
  bytes: Buffer;
  format: Format;
  /** Pixels after EXIF orientation; `width` and `height` are as stored. */
  upright: { width: number; height: number };
  hasAlpha: boolean;
  /** libvips' name of the colour space. */
  space?: string;
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
  return { ...header, bytes };
}

async function readHeader(bytes: Buffer, format: Format): Promise<Omit<Picture, 'bytes'>> {
  const size = format === 'jpeg' ? jpegSize(bytes) : undefined;
  if (size) {
    const whole = hasScans(bytes);
    return { format, ...size, upright: size, hasAlpha: false, bands: 3, bandBytes: 1, whole };
  }
  try {
    const header = await sharp(bytes, { limitInputPixels: false }).metadata();
    // libvips' word for bands that are no colours it knows: it turns them into no others.
    if (header.space === 'multiband') throw unsupportedProblem(`a ${format.toUpperCase()} in unknown colours or inks`);
    return { ...codedOf(header), format, upright: header.autoOrient, hasAlpha: header.hasAlpha, space: header.space };
  } catch (error) {
    throw codecProblem(error, { what: `The ${format.toUpperCase()}` });
  }
}
