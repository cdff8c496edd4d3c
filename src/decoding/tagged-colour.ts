import { primaryItem } from './heif-boxes.ts';

/*
 * Colour that a file describes without an ICC profile: PNG's cICP, gAMA and cHRM, and AVIF's nclx box, by the code
 * points of ITU-T H.273. libvips ignores it.
 */

/** Chromaticities x, y of red, green, blue and white. */
export type Primaries = readonly [number, number, number, number, number, number, number, number];

export interface TaggedColour {
  primaries: Primaries;
  /** Exponent from levels to light; `srgb` is sRGB's own curve. */
  transfer: 'srgb' | number;
}

const D65 = [0.3127, 0.329] as const;
const SRGB: Primaries = [0.64, 0.33, 0.3, 0.6, 0.15, 0.06, ...D65];
const BT601_525: Primaries = [0.63, 0.34, 0.31, 0.595, 0.155, 0.07, ...D65];

const PRIMARIES = new Map<number, Primaries>([
  [1, SRGB],
  [2, SRGB],
  [4, [0.67, 0.33, 0.21, 0.71, 0.14, 0.08, 0.31, 0.316]],
  [5, [0.64, 0.33, 0.29, 0.6, 0.15, 0.06, ...D65]],
  [6, BT601_525],
  [7, BT601_525],
  [9, [0.708, 0.292, 0.17, 0.797, 0.131, 0.046, ...D65]],
  [11, [0.68, 0.32, 0.265, 0.69, 0.15, 0.06, 0.314, 0.351]],
  [12, [0.68, 0.32, 0.265, 0.69, 0.15, 0.06, ...D65]],
]);

/** The video curves (BT.709, 601, 2020) are read as sRGB's, since such pictures are made and shown that way. */
const TRANSFERS = new Map<number, TaggedColour['transfer']>([
  [1, 'srgb'],
  [2, 'srgb'],
  [4, 2.2],
  [5, 2.8],
  [6, 'srgb'],
  [8, 1],
  [13, 'srgb'],
  [14, 'srgb'],
  [15, 'srgb'],
]);
const HDR = new Map([
  [16, 'HDR colours (PQ)'],
  [18, 'HDR colours (HLG)'],
]);

/**
 * Reads the tagged colour of a PNG or an AVIF.
 * @returns `undefined` if the colours are sRGB, a profile describes them, or nothing does; `unsupported` names what
 *   cannot be converted
 */
export function readTaggedColour(bytes: Buffer): TaggedColour | { unsupported: string } | undefined {
  const colour =
    bytes[0] === 0x89 ? ofPng(bytes) : bytes.toString('latin1', 4, 8) === 'ftyp' ? ofAvif(bytes) : undefined;
  return colour && !('unsupported' in colour) && isSrgb(colour) ? undefined : colour;
}

function isSrgb({ primaries, transfer }: TaggedColour): boolean {
  const same = primaries.every((value, n) => Math.abs(value - (SRGB[n] as number)) < 0.005);
  // Formats that cannot name a curve say sRGB by a gAMA of 1/2.2.
  return same && (transfer === 'srgb' || Math.abs(transfer - 2.2) < 0.02);
}

function fromCodes(primaries: number, transfer: number): TaggedColour | { unsupported: string } {
  const hdr = HDR.get(transfer);
  if (hdr) return { unsupported: hdr };
  const [known, curve] = [PRIMARIES.get(primaries), TRANSFERS.get(transfer)];
  if (!known || curve === undefined) return { unsupported: `colours of an unknown kind (${primaries}, ${transfer})` };
  return { primaries: known, transfer: curve };
}

/** Order of precedence: cICP, iCCP, sRGB, then gAMA and cHRM (PNG, third edition, §4.3). */
function ofPng(bytes: Buffer): TaggedColour | { unsupported: string } | undefined {
  const chunks = new Map<string, Buffer>();
  for (let at = 8; at + 12 <= bytes.length; ) {
    const length = bytes.readUInt32BE(at);
    const type = bytes.toString('latin1', at + 4, at + 8);
    if (type === 'IDAT' || type === 'IEND') break;
    if (!chunks.has(type)) chunks.set(type, bytes.subarray(at + 8, at + 8 + length));
    at += 12 + length;
  }
  const cicp = chunks.get('cICP');
  if (cicp && cicp.length >= 4) return fromCodes(cicp[0] as number, cicp[1] as number);
  if (chunks.has('iCCP') || chunks.has('sRGB')) return undefined;
  return fromGamma(chunks.get('gAMA'), chunks.get('cHRM'));
}

function fromGamma(gama: Buffer | undefined, chrm: Buffer | undefined): TaggedColour | undefined {
  const gamma = gama?.length === 4 ? gama.readUInt32BE(0) : 0;
  if (gamma === 0) return undefined;
  const transfer = 100_000 / gamma;
  if (chrm?.length !== 32) return { primaries: SRGB, transfer };
  const values = Array.from({ length: 8 }, (_, n) => chrm.readUInt32BE(n * 4) / 100_000);
  const [wx, wy, ...colours] = values;
  const primaries = [...colours, wx, wy] as unknown as Primaries;
  return primaries.every((value) => value > 0 && value < 1) ? { primaries, transfer } : { primaries: SRGB, transfer };
}

/** Reads the properties of the primary picture. An ICC profile takes precedence over nclx. */
function ofAvif(bytes: Buffer): TaggedColour | { unsupported: string } | undefined {
  const colours = primaryItem(bytes)?.properties.filter(({ type }) => type === 'colr') ?? [];
  const of = (kind: string): Buffer | undefined =>
    colours.find(({ data }) => data.toString('latin1', 0, 4) === kind)?.data;
  const nclx = of('nclx');
  if (of('prof') || of('rICC') || !nclx || nclx.length < 8) return undefined;
  return fromCodes(nclx.readUInt16BE(4), nclx.readUInt16BE(6));
}

/** Whether an AVIF's colours are premultiplied by alpha (an item reference `prem`). */
export function isPremultiplied(bytes: Buffer): boolean {
  return primaryItem(bytes)?.premultiplied === true;
}
