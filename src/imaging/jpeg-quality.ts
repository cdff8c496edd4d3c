/** The encoder settings of a JPEG, for writing it again at the same quality. */
export interface JpegQuality {
  /** 1 to 100, on libjpeg's scale. */
  quality: number;
  chromaSubsampling: '4:2:0' | '4:4:4';
}

/** Luminance table for quality 50, in zigzag order (ITU-T T.81, annex K.1). */
const LUMINANCE = [
  16, 11, 12, 14, 12, 10, 16, 14, 13, 14, 18, 17, 16, 19, 24, 40, 26, 24, 22, 22, 24, 49, 35, 37, 29, 40, 58, 51, 61,
  60, 57, 51, 56, 55, 64, 72, 92, 78, 64, 68, 87, 69, 55, 56, 80, 109, 81, 87, 95, 98, 103, 104, 103, 62, 77, 113, 121,
  112, 100, 120, 92, 101, 103, 99,
];
/** Chrominance table for quality 50, in zigzag order (annex K.2). */
const CHROMINANCE = [
  17,
  18,
  18,
  24,
  21,
  24,
  47,
  26,
  26,
  47,
  99,
  66,
  56,
  66,
  99,
  ...Array.from({ length: 49 }, () => 99),
];

const DQT = 0xdb;
const SOS = 0xda;
/** Start of frame: baseline, extended and progressive with Huffman coding. */
const FRAMES = [0xc0, 0xc1, 0xc2];

/**
 * Estimates the quality of a JPEG from its quantisation tables: the lowest quality whose libjpeg tables are on average
 * no coarser, so that a rewritten picture is not worse.
 * @returns `undefined` if the file has no tables
 */
export function jpegQualityOf(bytes: Buffer): JpegQuality | undefined {
  const { tables, sampling } = segmentsOf(bytes);
  const luminance = tables.get(0);
  if (!luminance || !sampling) return undefined;
  const chrominance = tables.get(1);
  const quality = Math.max(matching(luminance, LUMINANCE), chrominance ? matching(chrominance, CHROMINANCE) : 1);
  // sharp writes only these two. For a subsampling in between, all chroma is kept.
  return { quality, chromaSubsampling: sampling === '22' ? '4:2:0' : '4:4:4' };
}

/** The quantisation tables by number, and the sampling factors of the first component: `22` is 4:2:0. */
function segmentsOf(bytes: Buffer) {
  const tables = new Map<number, number[]>();
  let sampling: string | undefined;
  for (let at = 2; at + 4 <= bytes.length && bytes[at] === 0xff; at += 2 + bytes.readUInt16BE(at + 2)) {
    const marker = bytes[at + 1] as number;
    if (marker === SOS) break;
    const body = bytes.subarray(at + 4, at + 2 + bytes.readUInt16BE(at + 2));
    if (marker === DQT) readTables(body, tables);
    if (FRAMES.includes(marker) && body.length >= 9) sampling = body.subarray(7, 8).toString('hex');
  }
  return { tables, sampling };
}

function readTables(body: Buffer, tables: Map<number, number[]>): void {
  for (let at = 0; at < body.length; ) {
    const head = body[at] as number;
    const bytesEach = head >> 4 === 0 ? 1 : 2;
    const end = at + 1 + 64 * bytesEach;
    if (end > body.length) return;
    const table = Array.from({ length: 64 }, (_, n) => body.readUIntBE(at + 1 + n * bytesEach, bytesEach));
    tables.set(head & 15, table);
    at = end;
  }
}

function matching(table: number[], base: number[]): number {
  const sum = (levels: number[]): number => levels.reduce((total, level) => total + level, 0);
  const wanted = sum(table);
  for (let quality = 1; quality < 100; quality++) if (sum(scaled(base, quality)) <= wanted) return quality;
  return 100;
}

/** A base table scaled to a quality, as in libjpeg's jpeg_set_quality. */
function scaled(base: number[], quality: number): number[] {
  const scale = quality < 50 ? Math.floor(5_000 / quality) : 200 - 2 * quality;
  return base.map((level) => Math.min(255, Math.max(1, Math.floor((level * scale + 50) / 100))));
}
