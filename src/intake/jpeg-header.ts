const SOI = 0xffd8;
const SOS = 0xffda;
/** Start of frame: baseline, extended and progressive with Huffman coding. */
const FRAMES = [0xffc0, 0xffc1, 0xffc2];
/** Segments that say nothing of a picture's size: comments, tables, restart interval, application data. */
const OTHERS = [0xfffe, 0xffdb, 0xffc4, 0xffdd, ...Array.from({ length: 16 }, (_, n) => 0xffe0 + n)];
const APP1 = 0xffe1;
/** libjpeg takes no more on a side. */
const LONGEST = 65_500;

/** Pixels. */
interface Size {
  width: number;
  height: number;
}

/**
 * The size of a JPEG, read from its segments alone (ITU-T T.81, annex B) in microseconds, where libvips takes a fiftieth of a
 * whole resize. Only of an ordinary one: what has EXIF, by which it may be turned, or is odd in any way, is
 * `undefined` and a case for libvips.
 */
export function jpegSize(bytes: Buffer): Size | undefined {
  if (bytes.length < 4 || bytes.readUInt16BE(0) !== SOI) return undefined;
  let size: Size | undefined;
  for (let at = 2; at + 10 <= bytes.length; at += 2 + bytes.readUInt16BE(at + 2)) {
    const marker = bytes.readUInt16BE(at);
    if (marker === SOS) return size;
    if (FRAMES.includes(marker) && !size) {
      size = frameSize(bytes.subarray(at + 2, at + 12));
      if (!size) return undefined;
    } else if (!OTHERS.includes(marker) || bytes.readUInt16BE(at + 2) < 2 || isExif(marker, bytes, at))
      return undefined;
  }
  return undefined;
}

/** Whether a JPEG is sent in several scans, so that its decoder holds all of it: progressive, or colour by colour. */
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

/** @param frame its length, precision, height, width and number of components */
function frameSize(frame: Buffer): Size | undefined {
  if (frame.length < 10 || frame[2] !== 8) return undefined;
  const components = frame[7] as number;
  const [height, width] = [frame.readUInt16BE(3), frame.readUInt16BE(5)];
  const ordinary = [1, 3].includes(components) && frame.readUInt16BE(0) === 8 + 3 * components;
  return ordinary && width > 0 && height > 0 && Math.max(width, height) <= LONGEST ? { width, height } : undefined;
}
