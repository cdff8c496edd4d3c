/** What a header says of the memory that its decoder takes. */
export interface Coded {
  format: string;
  width: number;
  height: number;
  /** Of a pixel as it is decoded. */
  bands: number;
  bandBytes: number;
  /** The decoder holds all pixels at once, as with interlaced PNGs and WebP. */
  whole: boolean;
}

/**
 * Bytes a pixel that decoders hold which hold all pixels at once (`bench/memory --format`): a progressive JPEG's
 * coefficients, a WebP's planes and colours, an AVIF's frames on their way to colours.
 */
const HELD: Record<string, number> = { jpeg: 6, webp: 8, gif: 10, avif: 18 };
/** Of what a pixel is decoded to, where the others hold all pixels. */
const WHOLE = 1.2;
/** Others hold some rows. */
const ROWS = 128;

/** Estimates the most bytes that a decoder holds. */
export function decoderBytes({ format, width, height, bands, bandBytes, whole }: Coded): number {
  const pixel = bands * bandBytes;
  if (!whole) return width * Math.min(height, ROWS) * pixel;
  const held = HELD[format];
  return width * height * (held === undefined ? pixel * WHOLE : held * bandBytes);
}

/** Bytes of one band in libvips' own names; others are double or complex. */
const BYTES: Record<string, number> = { uchar: 1, char: 1, ushort: 2, short: 2, uint: 4, int: 4, float: 4 };

/** The same of what sharp reads from a header. @param header `heif` is read as AVIF */
export function codedOf(header: {
  format: string;
  width: number;
  height: number;
  channels: number;
  depth: string;
  isProgressive?: boolean;
}): Coded {
  const { width, height, channels, depth, isProgressive = false } = header;
  const format = header.format === 'heif' ? 'avif' : header.format;
  const whole = isProgressive || ['webp', 'avif', 'gif', 'tiff'].includes(format);
  return { format, width, height, bands: channels, bandBytes: BYTES[depth] ?? 8, whole };
}

/** What a picture's header says. */
export interface PictureHeader extends Coded {
  /** Pixels after EXIF orientation; `width` and `height` are as stored. */
  upright: { width: number; height: number };
  hasAlpha: boolean;
  /** libvips' name of the colour space. */
  space?: string;
}
