import { readFileSync } from 'node:fs';
import sharp, { type Sharp } from 'sharp';
import { HEIGHT, pngOf, tiffOf, WIDTH } from './write.ts';

/** A kind of file, all of one colour, and what is to be seen of it. */
export interface Kind {
  name: string;
  bytes(): Buffer | Promise<Buffer>;
  /** Red, green, blue and, where it is transparent, alpha, from how the file was made; not from what we decode. */
  wanted: number[];
  /** Levels of 255 that a lossy file may be off by itself. */
  off?: number;
  /** Where only a part of the canvas is painted. */
  partly?: boolean;
}

const RED = [220, 30, 30];
const HALF = [220, 30, 30, 128];
const GRAY = [100, 100, 100];
const P3_RED = [241, 0, 0];

const file = (name: string) => (): Buffer => readFileSync(new URL(`../cases/${name}`, import.meta.url));
const plain = (colour = RED): Sharp => {
  const [r = 0, g = 0, b = 0, alpha] = colour;
  const background = { r, g, b, alpha: (alpha ?? 255) / 255 };
  return sharp({ create: { width: WIDTH, height: HEIGHT, channels: alpha === undefined ? 3 : 4, background } });
};
const frames = async (): Promise<Sharp> => {
  const all = await Promise.all([RED, GRAY].map((colour) => plain(colour).png().toBuffer()));
  return sharp(all, { join: { animated: true } });
};
const deep = (levels: number[]): number[] => levels.map((level) => level * 257);

const PNG: [string, Parameters<typeof pngOf>[0], number[]][] = [
  ['gray, 1 bit', { type: 0, bits: 1, samples: [1] }, [255, 255, 255]],
  ['gray, 2 bits', { type: 0, bits: 2, samples: [2] }, [170, 170, 170]],
  ['gray, 4 bits', { type: 0, bits: 4, samples: [6] }, [102, 102, 102]],
  ['gray, 8 bits', { type: 0, bits: 8, samples: [100] }, GRAY],
  ['gray, 16 bits', { type: 0, bits: 16, samples: deep([100]) }, GRAY],
  ['gray with one transparent level', { type: 0, bits: 8, samples: [100], chunks: { tRNS: [0, 99] } }, GRAY],
  ['gray and alpha, 8 bits', { type: 4, bits: 8, samples: [100, 128] }, [...GRAY, 128]],
  ['gray and alpha, 16 bits', { type: 4, bits: 16, samples: deep([100, 128]) }, [...GRAY, 128]],
  ['RGB, 8 bits', { type: 2, bits: 8, samples: RED }, RED],
  ['RGB, 16 bits', { type: 2, bits: 16, samples: deep(RED) }, RED],
  ['RGB with one transparent colour', { type: 2, bits: 8, samples: RED, chunks: { tRNS: [0, 1, 0, 2, 0, 3] } }, RED],
  ['RGBA, 8 bits', { type: 6, bits: 8, samples: HALF }, HALF],
  ['RGBA, 16 bits', { type: 6, bits: 16, samples: deep(HALF) }, HALF],
  ...[1, 2, 4, 8].map((bits): (typeof PNG)[number] => [
    `palette, ${bits} bit${bits === 1 ? '' : 's'}`,
    { type: 3, bits, samples: [1], chunks: { PLTE: [0, 0, 0, ...RED] } },
    RED,
  ]),
  ['palette with alpha', { type: 3, bits: 8, samples: [1], chunks: { PLTE: [0, 0, 0, ...RED], tRNS: [0, 128] } }, HALF],
  ['cICP: Display P3', { type: 2, bits: 8, samples: RED, chunks: { cICP: [12, 13, 0, 1] } }, P3_RED],
  ['cICP: sRGB', { type: 2, bits: 8, samples: RED, chunks: { cICP: [1, 13, 0, 1] } }, RED],
  ['cICP: gray in BT.2020', { type: 2, bits: 8, samples: GRAY, chunks: { cICP: [9, 13, 0, 1] } }, GRAY],
  [
    'gAMA: linear',
    { type: 2, bits: 8, samples: [128, 128, 128], chunks: { gAMA: [0, 1, 0x86, 0xa0] } },
    [188, 188, 188],
  ],
  ['gAMA: 1/2.2', { type: 2, bits: 8, samples: RED, chunks: { gAMA: [0, 0, 0xb1, 0x8f] } }, RED],
];

const CMYK_WHITE = { photometric: 5, bits: 8, samples: [0, 0, 0, 0] };
const TIFF: [string, Parameters<typeof tiffOf>[0], number[]][] = [
  ['white is 0, 1 bit', { photometric: 0, bits: 1, samples: [0] }, [255, 255, 255]],
  ['white is 0, 8 bits', { photometric: 0, bits: 8, samples: [155] }, GRAY],
  ['black is 0, 1 bit', { photometric: 1, bits: 1, samples: [1] }, [255, 255, 255]],
  ['black is 0, 4 bits', { photometric: 1, bits: 4, samples: [6] }, [102, 102, 102]],
  ['black is 0, 8 bits', { photometric: 1, bits: 8, samples: [100] }, GRAY],
  ['black is 0, 16 bits', { photometric: 1, bits: 16, samples: deep([100]) }, GRAY],
  ['gray and alpha', { photometric: 1, bits: 8, samples: [100, 128], extra: { 338: [2] } }, [...GRAY, 128]],
  ['RGB, 8 bits', { photometric: 2, bits: 8, samples: RED }, RED],
  ['RGB, 16 bits', { photometric: 2, bits: 16, samples: deep(RED) }, RED],
  ['RGBA, 8 bits', { photometric: 2, bits: 8, samples: HALF, extra: { 338: [2] } }, HALF],
  ['RGBA, 16 bits', { photometric: 2, bits: 16, samples: deep(HALF), extra: { 338: [2] } }, HALF],
  ['big-endian, 8 bits', { photometric: 2, bits: 8, samples: RED, little: false }, RED],
  ['big-endian, 16 bits', { photometric: 2, bits: 16, samples: deep(RED), little: false }, RED],
  ['BigTIFF', { photometric: 2, bits: 8, samples: RED, big: true }, RED],
  ['channels apart', { photometric: 2, bits: 8, samples: RED, planar: 2 }, RED],
  ['Deflate, 16 bits', { photometric: 2, bits: 16, samples: deep(RED), compression: 8 }, RED],
  ['CMYK, no ink', CMYK_WHITE, [255, 255, 255]],
];

/** Kinds that encoders here make. */
const ENCODED: Kind[] = [
  { name: 'PNG, interlaced', bytes: () => plain().png({ progressive: true }).toBuffer(), wanted: RED },
  { name: 'PNG with a P3 profile', bytes: () => plain().withIccProfile('p3').png().toBuffer(), wanted: RED, off: 4 },
  ...(['4:4:4', '4:2:0'] as const).map((chromaSubsampling) => ({
    name: `JPEG ${chromaSubsampling}`,
    bytes: () => plain().jpeg({ chromaSubsampling, quality: 95 }).toBuffer(),
    wanted: RED,
    off: 3,
  })),
  { name: 'JPEG, progressive', bytes: () => plain().jpeg({ progressive: true }).toBuffer(), wanted: RED, off: 3 },
  { name: 'JPEG, gray', bytes: () => plain(GRAY).toColourspace('b-w').jpeg().toBuffer(), wanted: GRAY, off: 2 },
  { name: 'JPEG, CMYK', bytes: () => plain(GRAY).toColourspace('cmyk').jpeg().toBuffer(), wanted: GRAY, off: 12 },
  { name: 'JPEG with a P3 profile', bytes: () => plain().withIccProfile('p3').jpeg().toBuffer(), wanted: RED, off: 6 },
  {
    name: 'JPEG without its end marker',
    bytes: async () => (await plain().jpeg().toBuffer()).subarray(0, -2),
    wanted: RED,
    off: 3,
  },
  { name: 'WebP, lossy', bytes: () => plain().webp().toBuffer(), wanted: RED, off: 6 },
  { name: 'WebP, lossless', bytes: () => plain().webp({ lossless: true }).toBuffer(), wanted: RED },
  { name: 'WebP, lossy with alpha', bytes: () => plain(HALF).webp().toBuffer(), wanted: HALF, off: 6 },
  { name: 'WebP, lossless with alpha', bytes: () => plain(HALF).webp({ lossless: true }).toBuffer(), wanted: HALF },
  {
    name: 'WebP, animated (first frame)',
    bytes: async () => (await frames()).webp({ lossless: true }).toBuffer(),
    wanted: RED,
  },
  { name: 'GIF', bytes: () => plain().gif().toBuffer(), wanted: RED, off: 4 },
  { name: 'GIF, animated (first frame)', bytes: async () => (await frames()).gif().toBuffer(), wanted: RED, off: 4 },
  { name: 'GIF whose first frame is smaller than its canvas', bytes: file('gif-offset.gif'), wanted: [], partly: true },
  ...(['lzw', 'deflate', 'packbits', 'webp'] as const).map((compression) => ({
    name: `TIFF, ${compression}`,
    bytes: () => plain().tiff({ compression, quality: 100 }).toBuffer(),
    wanted: RED,
    off: compression === 'webp' ? 4 : 0,
  })),
  {
    name: 'TIFF, jpeg',
    bytes: () => plain().tiff({ compression: 'jpeg', quality: 95 }).toBuffer(),
    wanted: RED,
    off: 3,
  },
  {
    name: 'TIFF, CCITT group 4',
    bytes: () => plain([255, 255, 255]).toColourspace('b-w').tiff({ compression: 'ccittfax4', bitdepth: 1 }).toBuffer(),
    wanted: [255, 255, 255],
  },
  {
    name: 'TIFF, tiled',
    bytes: () => plain().tiff({ tile: true, tileWidth: 16, tileHeight: 16, compression: 'none' }).toBuffer(),
    wanted: RED,
  },
  {
    name: 'TIFF, a pyramid',
    bytes: () => plain().tiff({ pyramid: true, compression: 'none' }).toBuffer(),
    wanted: RED,
  },
  {
    name: 'TIFF, LZW with a predictor',
    bytes: () => plain().tiff({ compression: 'lzw', predictor: 'horizontal' }).toBuffer(),
    wanted: RED,
  },
  ...([8, 10, 12] as const).flatMap((bitdepth) =>
    (['4:4:4', '4:2:0'] as const).map((chromaSubsampling) => ({
      name: `AVIF, ${bitdepth} bits, ${chromaSubsampling}`,
      bytes: () => plain().heif({ compression: 'av1', effort: 0, quality: 90, bitdepth, chromaSubsampling }).toBuffer(),
      wanted: RED,
      off: 6,
    })),
  ),
  { name: 'AVIF, lossless', bytes: () => plain().avif({ lossless: true, effort: 0 }).toBuffer(), wanted: RED, off: 2 },
  {
    name: 'AVIF with alpha',
    bytes: () => plain(HALF).avif({ effort: 0, quality: 90 }).toBuffer(),
    wanted: HALF,
    off: 6,
  },
];

/** Every kind of file that is taken in. */
export const KINDS: Kind[] = [
  ...PNG.map(([name, kind, wanted]) => ({ name: `PNG, ${name}`, bytes: () => pngOf(kind), wanted })),
  ...TIFF.map(([name, kind, wanted]) => ({ name: `TIFF, ${name}`, bytes: () => tiffOf(kind), wanted })),
  ...ENCODED,
  { name: 'AVIF, nclx: Display P3', bytes: file('ap3.avif'), wanted: P3_RED, off: 4, partly: true },
  { name: 'AVIF, turned (irot)', bytes: file('avif-irot2.avif'), wanted: [40, 60, 200], off: 4, partly: true },
  { name: 'AVIF, mirrored (imir)', bytes: file('avif-imir0.avif'), wanted: RED, off: 4, partly: true },
  { name: 'AVIF, cropped (clap)', bytes: file('avif-clap.avif'), wanted: [40, 60, 200], off: 4 },
  { name: 'AVIF with premultiplied alpha', bytes: file('apremul.avif'), wanted: HALF, off: 4, partly: true },
];

/** Its height comes behind its pixels, in a segment of its own. */
const heightless = (): Buffer => {
  const bytes = jpeg(0xc0);
  bytes.writeUInt16BE(0, 7);
  return bytes;
};
const jpeg = (marker: number, bits = 8): Buffer =>
  Buffer.from([0xff, 0xd8, 0xff, marker, 0, 17, bits, 0, 16, 0, 24, 3, 1, 17, 0, 2, 17, 0, 3, 17, 0, 0xff, 0xd9]);
const start = (text: string) => (): Buffer => Buffer.from(text.padEnd(64, '\x07'), 'latin1');
const tiffWith = (compression: number) => (): Buffer => tiffOf({ photometric: 2, bits: 8, samples: RED, compression });

const tiffWithBits = (bits: number): Buffer =>
  tiffOf({ photometric: 1, bits: 16, samples: [9], extra: { 258: [bits] } });

/** What is refused, each with the words that name it. */
export const REFUSED: [string, () => Buffer][] = [
  ['JPEG of 12 bits', file('j-12bit.jpg')],
  ['lossless JPEG', () => jpeg(0xc3)],
  ['JPEG of 16 bits', () => jpeg(0xc1, 16)],
  ['hierarchical JPEG', () => jpeg(0xc5)],
  ['JPEG with arithmetic coding', () => jpeg(0xc9)],
  ['JPEG that tells its height after its pixels (DNL)', heightless],
  ['JPEG-LS picture', () => jpeg(0xf7)],
  ["PNG in Apple's own form (CgBI)", start('\x89PNG\r\n\x1a\n\0\0\0\x04CgBI')],
  ...([16, 18] as const).map((transfer): [string, () => Buffer] => [
    `PNG in HDR colours (${transfer === 16 ? 'PQ' : 'HLG'})`,
    () => pngOf({ type: 2, bits: 16, samples: deep(RED), chunks: { cICP: [9, transfer, 0, 1] } }),
  ]),
  ['AVIF sequence', file('aseq.avif')],
  ['AVIF whose transparency is not turned or cropped with its colours', file('avif-alpha-unturned.avif')],
  ['TIFF with Zstandard compression', file('t-zstd.tif')],
  ['TIFF with LZMA compression', tiffWith(34925)],
  ['TIFF with LERC compression', tiffWith(34887)],
  ['TIFF with JPEG XL compression', tiffWith(50002)],
  ['TIFF with JPEG 2000 compression', tiffWith(34712)],
  ['TIFF in CIELab', file('t-lab.tif')],
  ['TIFF in YCbCr without JPEG compression', () => tiffOf({ photometric: 6, bits: 8, samples: RED })],
  [
    'TIFF whose samples are signed integers',
    () => tiffOf({ photometric: 1, bits: 16, samples: [9], extra: { 339: [2] } }),
  ],
  ['TIFF of 12 bits', () => tiffWithBits(12)],
  ['TIFF with 5 channels', file('t-5ch.tif')],
  ['TIFF whose samples are floating-point numbers', file('t-f32-gray.tif')],
  ['TIFF of 32 bits', file('t-u32.tif')],
  ['camera raw file (DNG, NEF, CR2, ARW or the like)', file('t-dnglike.dng')],
  ['camera raw (CR3)', start('\0\0\0\x18ftypcrx ')],
  ['camera raw (RAF)', start('FUJIFILMCCD-RAW ')],
  ['camera raw (ORF)', start('IIRO')],
  ['camera raw (RW2)', start('IIU\0')],
  ['HEIC', start('\0\0\0\x18ftypheic')],
  ['JPEG XL', start('\xff\x0a')],
  ['JPEG 2000', start('\0\0\0\x0cjP  ')],
  ['BMP', start('BM\0\0\0\0\0\0\0\0')],
  ['ICO', start('\0\0\x01\0\x01\0')],
  ['TGA', start('\0\0\x02\0\0\0\0\0\0\0\0\0\x40\0\x30\0\x18\0')],
  ['Photoshop (PSD)', start('8BPS')],
];
