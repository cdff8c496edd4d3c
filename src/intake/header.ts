import { Problem } from '#contract/problems';
import type { PictureHeader } from '#decoding/decoder-bytes';
import { pictureHeader } from '#decoding/picture-header';
import { unsupportedKind } from './accepted/index.ts';
import type { Limits } from './limits.ts';
import { checkParts, checkScans, checkSides } from './shape.ts';
import { type Format, refusal, sniff, unsupportedProblem } from './sniff.ts';

/** An encoded picture whose header has been checked; no pixel is decoded. */
export interface Picture extends PictureHeader {
  bytes: Buffer;
  format: Format;
}

/**
 * Tells the format from the bytes and checks the header before anything decodes a pixel.
 * @param signal the caller left: stops reading the header
 * @throws Problem `not-a-picture`, `format-unsupported`, `picture-damaged`, `too-many-pixels` or `timed-out`
 */
export async function checkHeader(bytes: Buffer, limits: Limits, signal?: AbortSignal): Promise<Picture> {
  const format = sniff(bytes);
  if (!format) throw refusal(bytes);
  // First, because it limits the work of what follows.
  checkParts(bytes, format);
  const kind = unsupportedKind(bytes, format);
  if (kind) throw unsupportedProblem(kind);
  const header = await colourHeader(bytes, format, signal);
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

async function colourHeader(bytes: Buffer, format: Format, signal?: AbortSignal): Promise<Omit<Picture, 'bytes'>> {
  const header = await pictureHeader(bytes, `The ${format.toUpperCase()}`, signal);
  // libvips' name for unknown bands: it cannot convert them.
  if (header.space === 'multiband') throw unsupportedProblem(`a ${format.toUpperCase()} in unknown colours or inks`);
  return { ...header, format };
}
