import { crc32 } from 'node:zlib';
import type { PictureHeader } from './decoder-bytes.ts';
import { hasScans, jpegFrame } from './jpeg-header.ts';

/**
 * Parses the header of an ordinary JPEG, PNG or WebP, with the same result as libvips. For anything unusual, or
 * another format, it returns `undefined`, and libvips reads the header.
 */
export function plainHeader(bytes: Buffer): PictureHeader | undefined {
  if (bytes.length < 30) return undefined;
  if (bytes.readUInt16BE(0) === 0xffd8) return jpegHeader(bytes);
  if (bytes.readUInt32BE(0) === 0x89504e47) return pngHeader(bytes);
  return fourCc(bytes, 0) === 'RIFF' && fourCc(bytes, 8) === 'WEBP' ? webpHeader(bytes) : undefined;
}

function jpegHeader(bytes: Buffer): PictureHeader | undefined {
  const found = jpegFrame(bytes);
  if (!found) return undefined;
  const { orientation, components: bands, ...size } = found;
  const upright = orientation > 4 ? { width: size.height, height: size.width } : size;
  const space = bands === 1 ? 'b-w' : 'srgb';
  return { format: 'jpeg', ...size, upright, hasAlpha: false, space, bands, bandBytes: 1, whole: hasScans(bytes) };
}

const [IHDR, IDAT, TRNS, PLTE, EXIF] = [0x49484452, 0x49444154, 0x74524e53, 0x504c5445, 0x65584966];
/** PNG colour types: their bands, allowed depths, and libvips' names of their colour spaces. */
const PNG_COLOURS: Record<number, { bands: number; depths: number[]; space: [string, string] }> = {
  0: { bands: 1, depths: [1, 2, 4, 8, 16], space: ['b-w', 'grey16'] },
  2: { bands: 3, depths: [8, 16], space: ['srgb', 'rgb16'] },
  3: { bands: 3, depths: [1, 2, 4, 8], space: ['srgb', 'srgb'] },
  4: { bands: 2, depths: [8, 16], space: ['b-w', 'grey16'] },
  6: { bands: 4, depths: [8, 16], space: ['srgb', 'rgb16'] },
};

/** PNG specification, 11.2.2. A file with EXIF may be rotated, so it is left to libvips. */
function pngHeader(bytes: Buffer): PictureHeader | undefined {
  const [width, height, depth, type] = [
    bytes.readUInt32BE(16),
    bytes.readUInt32BE(20),
    bytes[24],
    bytes[25],
  ] as number[];
  const colours = PNG_COLOURS[type as number];
  const interlaced = bytes[28] as number;
  const sound =
    bytes.readUInt32BE(8) === 13 &&
    bytes.readUInt32BE(12) === IHDR &&
    bytes.readUInt32BE(29) === crc32(bytes.subarray(12, 29));
  if (!sound || !colours?.depths.includes(depth as number) || bytes.readUInt16BE(26) !== 0 || interlaced > 1)
    return undefined;
  const seen = pngChunks(bytes);
  if (!seen || !width || !height || seen.has(EXIF) || (type === 3 && !seen.has(PLTE))) return undefined;
  const clear = seen.has(TRNS);
  if (clear && type !== 3 && type !== 0 && type !== 2) return undefined;
  const deep = depth === 16;
  return {
    format: 'png',
    width,
    height,
    upright: { width, height },
    hasAlpha: clear || type === 4 || type === 6,
    space: colours.space[deep ? 1 : 0],
    bands: colours.bands + (clear ? 1 : 0),
    bandBytes: deep ? 2 : 1,
    whole: interlaced === 1,
  };
}

/** The types of chunks in the file; `undefined` if pixels are missing. */
function pngChunks(bytes: Buffer): Set<number> | undefined {
  const seen = new Set<number>();
  for (let at = 8; at + 12 <= bytes.length; at += 12 + bytes.readUInt32BE(at)) {
    const kind = bytes.readUInt32BE(at + 4);
    // How libpng treats a late or repeated palette or transparency chunk is up to libpng.
    if ((kind === TRNS || kind === PLTE) && (seen.has(kind) || seen.has(IDAT))) return undefined;
    seen.add(kind);
  }
  return seen.has(IDAT) ? seen : undefined;
}

const [ICC, ALPHA, XMP] = [0x20, 0x10, 0x04];

/** RFC 9649. Animated files and files with EXIF are left to libvips. */
function webpHeader(bytes: Buffer): PictureHeader | undefined {
  if (bytes.readUInt32LE(4) + 8 > bytes.length) return undefined;
  if (fourCc(bytes, 12) !== 'VP8X') return webpFrame(bytes, 12);
  const flags = bytes[20] as number;
  if (bytes.readUInt32LE(16) !== 10 || flags & ~(ICC | ALPHA | XMP)) return undefined;
  let clear = false;
  for (let at = 30, chunks = 0; at + 8 <= bytes.length && chunks < 16; chunks++) {
    const kind = fourCc(bytes, at);
    if (kind === 'VP8 ' || kind === 'VP8L') {
      const frame = webpFrame(bytes, at);
      const whole = frame?.width === bytes.readUIntLE(24, 3) + 1 && frame.height === bytes.readUIntLE(27, 3) + 1;
      if (!whole) return undefined;
      const hasAlpha = kind === 'VP8 ' ? clear : frame.hasAlpha;
      // If the two disagree, it is up to libwebp which one counts.
      return hasAlpha === ((flags & ALPHA) !== 0) ? { ...frame, hasAlpha, bands: hasAlpha ? 4 : 3 } : undefined;
    }
    if (kind !== 'ICCP' && kind !== 'ALPH') return undefined;
    clear ||= kind === 'ALPH';
    const length = bytes.readUInt32LE(at + 4);
    at += 8 + length + (length % 2);
  }
  return undefined;
}

/** Parses a `VP8 ` or `VP8L` chunk. */
function webpFrame(bytes: Buffer, at: number): PictureHeader | undefined {
  if (at + 20 > bytes.length) return undefined;
  const kind = fourCc(bytes, at);
  const from = at + 8;
  if (kind === 'VP8 ') {
    // A visible key frame with its start code (RFC 6386, 9.1).
    const isKey = ((bytes[from] as number) & 0x11) === 0x10 && bytes.readUIntBE(from + 3, 3) === 0x9d012a;
    return isKey
      ? webp(bytes.readUInt16LE(from + 6) & 0x3fff, bytes.readUInt16LE(from + 8) & 0x3fff, false)
      : undefined;
  }
  if (kind !== 'VP8L' || bytes[from] !== 0x2f) return undefined;
  const packed = bytes.readUInt32LE(from + 1);
  if (packed >>> 29 !== 0) return undefined;
  return webp((packed & 0x3fff) + 1, ((packed >>> 14) & 0x3fff) + 1, (packed & 0x10000000) !== 0);
}

function webp(width: number, height: number, hasAlpha: boolean): PictureHeader | undefined {
  if (width === 0 || height === 0) return undefined;
  const size = { width, height };
  return {
    format: 'webp',
    ...size,
    upright: size,
    hasAlpha,
    space: 'srgb',
    bands: hasAlpha ? 4 : 3,
    bandBytes: 1,
    whole: true,
  };
}

function fourCc(bytes: Buffer, at: number): string {
  return bytes.toString('latin1', at, at + 4);
}
