const SOI = 0xffd8;
const SOS = 0xffda;
/** Start of frame: baseline, extended and progressive with Huffman coding. */
const FRAMES = [0xffc0, 0xffc1, 0xffc2];
/** Segments that do not affect the size: comments, tables, restart interval, application data. */
const OTHERS = [0xfffe, 0xffdb, 0xffc4, 0xffdd, ...Array.from({ length: 16 }, (_, n) => 0xffe0 + n)];
const APP1 = 0xffe1;
/** libjpeg's limit per side. */
const LONGEST = 65_500;

/** In pixels. */
interface Size {
  width: number;
  height: number;
}

interface Frame extends Size {
  /** 1 (gray) or 3 (colour). */
  components: number;
}

/**
 * Reads the size, number of components and EXIF orientation (1 to 8) of a JPEG from its segments (ITU-T T.81, annex
 * B). Takes microseconds, whereas libvips needs a fiftieth of the time of a whole resize. Reads ordinary files only;
 * for anything unusual it returns `undefined`, and libvips reads the header.
 */
export function jpegFrame(bytes: Buffer): (Frame & { orientation: number }) | undefined {
  if (bytes.length < 4 || bytes.readUInt16BE(0) !== SOI) return undefined;
  let frame: Frame | undefined;
  let orientation: number | undefined;
  for (let at = 2; at + 10 <= bytes.length; at += 2 + bytes.readUInt16BE(at + 2)) {
    const marker = bytes.readUInt16BE(at);
    if (marker === SOS) return frame && { ...frame, orientation: orientation ?? 1 };
    const length = bytes.readUInt16BE(at + 2);
    if (FRAMES.includes(marker) && !frame) {
      frame = frameOf(bytes.subarray(at + 2, at + 12));
      if (!frame) return undefined;
    } else if (!OTHERS.includes(marker) || length < 2) return undefined;
    else if (isExif(marker, bytes, at)) {
      if (orientation !== undefined) return undefined;
      orientation = exifOrientation(bytes.subarray(at + 4, at + 2 + length));
      if (orientation === undefined) return undefined;
    }
  }
  return undefined;
}

/** Whether a JPEG has several scans (progressive, or one per colour), so that its decoder holds the whole picture. */
export function hasScans(bytes: Buffer): boolean {
  let components = 0;
  for (let at = 2; at + 10 <= bytes.length; at += 2 + bytes.readUInt16BE(at + 2)) {
    const marker = bytes.readUInt16BE(at);
    if (marker === SOS) return (bytes[at + 4] as number) < components;
    if (marker === 0xffc2 || marker === 0xffca) return true;
    if (marker === 0xffc0 || marker === 0xffc1 || marker === 0xffc9) components = bytes[at + 9] as number;
    else if (marker >> 8 !== 0xff) return false;
  }
  return false;
}

function isExif(marker: number, bytes: Buffer, at: number): boolean {
  return marker === APP1 && bytes.toString('latin1', at + 4, at + 8) === 'Exif';
}

const ORIENTATION = 0x0112;
const SHORT = 3;
/** Bytes per value, by type: 1 byte, 2 text, 3 short, 4 long, 5 rational, 7 undefined, 9 and 10 signed. */
const TYPES: Record<number, number> = { 1: 1, 2: 1, 3: 2, 4: 4, 5: 8, 7: 1, 9: 4, 10: 8 };

/**
 * Reads the orientation from the first directory (Exif 2.32, 4.6); `undefined` if anything is unusual.
 * @param exif including its `Exif` prefix
 */
function exifOrientation(exif: Buffer): number | undefined {
  const tiff = exif.subarray(6);
  if (exif.toString('latin1', 4, 6) !== '\0\0' || tiff.length < 14) return undefined;
  const order = tiff.toString('latin1', 0, 4);
  if (order !== 'II*\0' && order !== 'MM\0*') return undefined;
  const little = order[0] === 'I';
  const short = (at: number): number => (little ? tiff.readUInt16LE(at) : tiff.readUInt16BE(at));
  const long = (at: number): number => (little ? tiff.readUInt32LE(at) : tiff.readUInt32BE(at));
  const count = short(8);
  if (long(4) !== 8 || count > 100 || 10 + count * 12 > tiff.length) return undefined;
  let orientation: number | undefined;
  for (let at = 10; at < 10 + count * 12; at += 12) {
    const size = (TYPES[short(at + 2)] ?? Number.NaN) * long(at + 4);
    if (!(size <= 4 || long(at + 8) + size <= tiff.length)) return undefined;
    if (short(at) !== ORIENTATION) continue;
    const ordinary = short(at + 2) === SHORT && long(at + 4) === 1 && short(at + 8) >= 1 && short(at + 8) <= 8;
    if (!ordinary || orientation !== undefined) return undefined;
    orientation = short(at + 8);
  }
  return orientation ?? 1;
}

/** @param frame length, precision, height, width and number of components */
function frameOf(frame: Buffer): Frame | undefined {
  if (frame.length < 10 || frame[2] !== 8) return undefined;
  const components = frame[7] as number;
  const [height, width] = [frame.readUInt16BE(3), frame.readUInt16BE(5)];
  const ordinary = [1, 3].includes(components) && frame.readUInt16BE(0) === 8 + 3 * components;
  const sized = width > 0 && height > 0 && Math.max(width, height) <= LONGEST;
  return ordinary && sized ? { width, height, components } : undefined;
}
