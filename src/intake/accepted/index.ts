import { primaryItem, transformationsOf } from '#decoding/heif-boxes';
import { readTaggedColour } from '#decoding/tagged-colour';
import type { Format } from '../sniff.ts';
import { unsupportedTiff } from './tiff.ts';

/**
 * Finds the unsupported variant of a supported format; `undefined` if the picture is supported, or unreadable.
 */
const CHECKS: Partial<Record<Format, (bytes: Buffer) => string | undefined>> = {
  jpeg: unsupportedJpeg,
  png: unsupportedPng,
  avif: unsupportedAvif,
  tiff: unsupportedTiff,
};

/**
 * Says why a picture of a known format is not decoded: its compression, colour model, depth or
 * kind. Whatever passes here every operation and the classifier can work on, unless it is damaged.
 * @returns such as `a JPEG of 12 bits`
 */
export function unsupportedKind(bytes: Buffer, format: Format): string | undefined {
  return CHECKS[format]?.(bytes);
}

const FRAMES = new Map([
  [0xc3, 'a lossless JPEG'],
  [0xc5, 'a hierarchical JPEG'],
  [0xc6, 'a hierarchical JPEG'],
  [0xc7, 'a hierarchical JPEG'],
  [0xc9, 'a JPEG with arithmetic coding'],
  [0xca, 'a JPEG with arithmetic coding'],
  [0xcb, 'a lossless JPEG'],
  [0xcd, 'a hierarchical JPEG'],
  [0xce, 'a hierarchical JPEG'],
  [0xcf, 'a hierarchical JPEG'],
  [0xf7, 'a JPEG-LS picture'],
]);
const DECODED_FRAMES = [0xc0, 0xc1, 0xc2];
const START_OF_SCAN = 0xda;

function unsupportedJpeg(bytes: Buffer): string | undefined {
  for (let at = 2; at + 10 <= bytes.length && bytes[at] === 0xff; ) {
    const marker = bytes[at + 1] as number;
    // A marker may follow any number of fill bytes.
    if (marker === 0xff) {
      at += 1;
      continue;
    }
    if (marker === START_OF_SCAN) return undefined;
    const frame = FRAMES.get(marker);
    if (frame) return frame;
    if (DECODED_FRAMES.includes(marker)) return unsupportedFrame(bytes.subarray(at + 4, at + 10));
    at += 2 + bytes.readUInt16BE(at + 2);
  }
  return undefined;
}

/** @param frame its depth, height, width and number of components */
function unsupportedFrame(frame: Buffer): string | undefined {
  const [precision, components] = [frame[0] as number, frame[5] as number];
  if (precision > 8) return `a JPEG of ${precision} bits`;
  if (frame.readUInt16BE(1) === 0) return 'a JPEG that tells its height after its pixels (DNL)';
  return components === 2 ? 'a JPEG with 2 channels' : undefined;
}

function unsupportedPng(bytes: Buffer): string | undefined {
  if (bytes.toString('latin1', 12, 16) === 'CgBI') return "a PNG in Apple's own form (CgBI)";
  return unsupportedColour(bytes, 'PNG');
}

function unsupportedAvif(bytes: Buffer): string | undefined {
  const brand = bytes.toString('latin1', 8, 12);
  if (brand === 'avis' || brand === 'msf1') return 'an AVIF sequence, not a single picture';
  const item = primaryItem(bytes);
  // Old encoders omit it; the decoder would apply the alpha without rotation.
  if (item?.alpha && transformationsOf(item.alpha) !== transformationsOf(item.properties))
    return 'an AVIF whose transparency is not turned or cropped with its colours';
  return unsupportedColour(bytes, 'AVIF');
}

function unsupportedColour(bytes: Buffer, name: string): string | undefined {
  const colour = readTaggedColour(bytes);
  return colour && 'unsupported' in colour
    ? `${name === 'AVIF' ? 'an' : 'a'} ${name} in ${colour.unsupported}`
    : undefined;
}
