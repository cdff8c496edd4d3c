import { Problem } from '#contract/problems';
import type { Format } from './sniff.ts';

/** Most pixels per side: libvips works row by row, and cannot be interrupted within one. */
const LONGEST_SIDE = 30_000;
/** Frames of an animation and directories of a TIFF. */
const MOST_PARTS = 500;
/** Entries of a TIFF directory; libtiff knows about two hundred. */
const MOST_ENTRIES = 1_000;
/** Scans of a JPEG; encoders write up to 13. Each covers all pixels, so larger pictures may have fewer. */
const MOST_SCANS = 100;
const MOST_SCANNED = 1_500_000_000;
/** Chunks of a PNG with pixels (encoders fill them with kilobytes), and other chunks. */
const MOST_PIXEL_CHUNKS = 100_000;
const MOST_CHUNKS = 2_000;
/** Bytes of all compressed texts in a PNG: each may inflate a thousandfold before the header is known. */
const MOST_TEXT_KIB = 512;

interface Size {
  width: number;
  height: number;
}

/**
 * Refuses pictures whose structure would keep a decoder busy for minutes.
 * @throws Problem `too-many-pixels` for a side, `format-unsupported` for too many parts
 */
export function checkSides({ width, height }: Size): void {
  if (Math.max(width, height) <= LONGEST_SIDE) return;
  throw new Problem(
    'too-many-pixels',
    `The picture is ${width} × ${height}; a side may have at most ${LONGEST_SIDE} pixels here.`,
    { members: { width, height, maxSide: LONGEST_SIDE } },
  );
}

/**
 * Counts frames, directories or scans from the container's structure, in one pass over its bytes.
 * @throws Problem `format-unsupported` when there are too many
 */
export function checkParts(bytes: Buffer, format: Format): void {
  const [count, most, name] = partsOf(bytes, format);
  if (count > most) throw tooMany(name, most);
}

/** @param size of the picture: every scan covers all of it */
export function checkScans(bytes: Buffer, { width, height }: Size): void {
  const most = Math.max(15, Math.min(MOST_SCANS, Math.floor(MOST_SCANNED / (width * height))));
  if (countScans(bytes, most + 1) > most) throw tooMany('scans', most);
}

function partsOf(bytes: Buffer, format: Format): [count: number, most: number, name: string] {
  const stop = MOST_PARTS + 1;
  if (format === 'webp') return [countWebpFrames(bytes, stop), MOST_PARTS, 'frames'];
  if (format === 'gif') return [countGifFrames(bytes, stop), MOST_PARTS, 'frames'];
  if (format === 'tiff') return [countTiffDirectories(bytes, stop), MOST_PARTS, 'directories'];
  if (format === 'avif') return [countAvifFrames(bytes), MOST_PARTS, 'frames'];
  if (format === 'png') return pngParts(bytes);
  return [0, MOST_PARTS, 'parts'];
}

function tooMany(name: string, most: number): Problem {
  return new Problem(
    'format-unsupported',
    `The picture has more than the ${most} ${name} taken in here; save it anew.`,
    {
      members: { maxParts: most },
    },
  );
}

/** Start-of-scan markers (ITU-T T.81, annex B): in entropy-coded data 0xff is always followed by 0 or a restart. */
function countScans(bytes: Buffer, stop: number): number {
  let count = 0;
  for (let at = bytes.indexOf(0xff, 2); at >= 0 && at + 3 < bytes.length && count < stop; ) {
    const marker = bytes[at + 1] as number;
    if (marker === 0xda) count += 1;
    const bare = marker === 0 || marker === 1 || (marker >= 0xd0 && marker <= 0xd9);
    const next = marker === 0xff ? at + 1 : bare ? at + 2 : at + 2 + Math.max(2, bytes.readUInt16BE(at + 2));
    at = bytes.indexOf(0xff, next);
  }
  return count;
}

const [IDAT, IEND, ZTXT, ITXT, ANMF] = [0x49444154, 0x49454e44, 0x7a545874, 0x69545874, 0x414e4d46];

/**
 * Chunks of a PNG, or bytes of its `zTXt` chunks and of its `iTXt` chunks that are compressed
 * (PNG specification, 11.3.3): whichever exceeds its limit. Decoders ignore what follows `IEND`.
 */
function pngParts(bytes: Buffer): [count: number, most: number, name: string] {
  let sum = 0;
  let [pixels, others] = [0, 0];
  for (let at = 8; at + 12 <= bytes.length; ) {
    const length = bytes.readUInt32BE(at);
    const name = bytes.readUInt32BE(at + 4);
    if (name === IEND) break;
    const isCompressed = name === ZTXT || (name === ITXT && isCompressedText(bytes.subarray(at + 8, at + 8 + length)));
    if (isCompressed) sum += length;
    if (name === IDAT) pixels += 1;
    else others += 1;
    if (pixels > MOST_PIXEL_CHUNKS) return [pixels, MOST_PIXEL_CHUNKS, 'chunks of pixels'];
    if (others > MOST_CHUNKS) return [others, MOST_CHUNKS, 'chunks'];
    at += 12 + length;
  }
  return [sum / 1024, MOST_TEXT_KIB, 'KiB of compressed text'];
}

/** Whether an `iTXt` chunk's text is compressed: a flag after the keyword, which has at most 79 bytes. */
const isCompressedText = (chunk: Buffer): boolean => chunk[chunk.subarray(0, 80).indexOf(0) + 1] === 1;

/** `ANMF` chunks of a RIFF container. */
function countWebpFrames(bytes: Buffer, stop: number): number {
  let count = 0;
  for (let at = 12; at + 8 <= bytes.length && count < stop; ) {
    if (bytes.readUInt32BE(at) === ANMF) count += 1;
    const length = bytes.readUInt32LE(at + 4);
    at += 8 + length + (length % 2);
  }
  return count;
}

/** Image descriptors of a GIF (GIF89a, section 20); every block after them is a row of sub-blocks. */
function countGifFrames(bytes: Buffer, stop: number): number {
  const table = (flags: number): number => (flags & 0x80 ? 3 * 2 ** ((flags & 7) + 1) : 0);
  const subBlocks = (from: number): number => {
    let at = from;
    while (at < bytes.length && bytes[at] !== 0) at += 1 + (bytes[at] as number);
    return at + 1;
  };
  let count = 0;
  for (let at = 13 + table(bytes[10] ?? 0); at < bytes.length && count < stop; ) {
    if (bytes[at] === 0x2c) {
      count += 1;
      at = subBlocks(at + 11 + table(bytes[at + 9] ?? 0));
    } else if (bytes[at] === 0x21) at = subBlocks(at + 2);
    else break;
  }
  return count;
}

/**
 * Directories of a TIFF 6.0 or BigTIFF: a chain of offsets, which may be cyclic. A directory with
 * very many entries counts as too many, since libtiff compares all pairs.
 */
function countTiffDirectories(bytes: Buffer, stop: number): number {
  if (bytes.length < 16) return 0;
  const little = bytes[0] === 0x49;
  const short = (at: number): number => (little ? bytes.readUInt16LE(at) : bytes.readUInt16BE(at));
  const long = (at: number): number => (little ? bytes.readUInt32LE(at) : bytes.readUInt32BE(at));
  const huge = (at: number): number => Number(little ? bytes.readBigUInt64LE(at) : bytes.readBigUInt64BE(at));
  const big = short(2) === 43;
  const [counted, entry, offset] = big ? [8, 20, huge] : [2, 12, long];
  const width = big ? 8 : 4;
  let count = 0;
  for (let at = offset(big ? 8 : 4); at > 0 && at + counted <= bytes.length && count < stop; count += 1) {
    const entries = big ? huge(at) : short(at);
    if (entries > MOST_ENTRIES) return stop;
    const next = at + counted + entry * entries;
    if (!(next + width <= bytes.length)) return count + 1;
    at = offset(next);
  }
  return count;
}

/** Samples of an AVIF sequence: the count in each `stsz` box (ISO/IEC 14496-12, 8.7.3.2). */
function countAvifFrames(bytes: Buffer): number {
  let most = 0;
  for (let at = bytes.indexOf('stsz', 4, 'latin1'), seen = 0; at >= 0; at = bytes.indexOf('stsz', at + 4, 'latin1')) {
    // One per track; in pixel data it occurs by chance once in four billion bytes.
    if (++seen > MOST_PARTS) return seen;
    if (at + 16 <= bytes.length && bytes.readUInt32BE(at - 4) <= bytes.length)
      most = Math.max(most, bytes.readUInt32BE(at + 12));
  }
  return most;
}
