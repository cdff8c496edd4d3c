// Pictures of many megapixels in every format, drawn once and kept.
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import sharp from 'sharp';

const folder = path.join(tmpdir(), 'obscura-bench-pictures');

/** Formats, and how they are written so that decoders hold as much as they may. */
export const FORMATS = {
  jpeg: (graph) => graph.jpeg({ quality: 85 }),
  'progressive jpeg': (graph) => graph.jpeg({ quality: 60, progressive: true }),
  'png, 16 bit, interlaced': (graph) =>
    graph.ensureAlpha().toColourspace('rgb16').png({ progressive: true, compressionLevel: 1 }),
  'tiff, 16 bit': (graph) => graph.ensureAlpha().toColourspace('rgb16').tiff({ compression: 'deflate' }),
  webp: (graph) => graph.webp({ quality: 60, effort: 0 }),
  avif: (graph) => graph.avif({ quality: 40, effort: 0 }),
};

/**
 * 3:2.
 * @returns the file's name. With grain a photo, without it a picture that is small as a file whatever its pixels.
 */
export async function drawn(format, megapixels) {
  const file = path.join(folder, `${format.replaceAll(/\W+/g, '-')}-${megapixels}`);
  if (existsSync(file)) return file;
  const width = Math.round(Math.sqrt(megapixels * 1e6 * 1.5));
  const height = Math.round(width / 1.5);
  const photo = format.endsWith('jpeg');
  const noise = { type: 'gaussian', mean: 128, sigma: 40 };
  const create = { width: 600, height: 400, channels: 3, background: '#6c8', ...(photo && { noise }) };
  const small = await sharp({ create }).png().toBuffer();
  const bytes = await FORMATS[format](sharp(small).resize(width, height, { fit: 'fill' })).toBuffer();
  mkdirSync(folder, { recursive: true });
  writeFileSync(file, bytes);
  return file;
}

/** Operations with what costs them most. */
const LISTED = [
  ...[
    'rotate:90',
    'rotate:33',
    'resize:width=1024',
    'resize:width=6900',
    'crop:width=1000',
    'trim',
    'flip',
    'flip:vertical',
  ],
  ...['grayscale', 'blur', 'sharpen', 'denoise:mode=median', 'denoise:mode=bilateral', 'denoise', 'cutout'],
  ...[
    'cutout:background=#ffffff',
    'cutout:background=blur',
    'pixelate',
    'adjust:brightness=1.1',
    'pad:10',
    'watermark:upload',
  ],
  ...['convert:format=png', 'convert:format=webp', 'convert:format=avif', 'info', 'placeholder'],
];

/** Operations of the registry that stand in none of them: each is measured as it is by default. */
function unlisted() {
  const schema = new URL('../../src/imaging/schema.generated.json', import.meta.url);
  const { operations } = JSON.parse(readFileSync(schema, 'utf8'));
  return Object.keys(operations).filter((name) => !LISTED.some((chain) => chain.split(':')[0] === name));
}

export const CHAINS = [...LISTED, ...unlisted()];

/** What to send so that a function does a chain on a picture (a file's name): its watermark comes along. */
export async function requestOf(chain, file) {
  const picture = readFileSync(file);
  const query = `?chain=${encodeURIComponent(chain)}`;
  if (!chain.startsWith('watermark')) return { query, init: { method: 'POST', body: picture } };
  const mark = await sharp({ create: { width: 300, height: 100, channels: 4, background: '#fff8' } })
    .png()
    .toBuffer();
  const body = new FormData();
  body.set('image', new Blob([picture]));
  body.set('watermark', new Blob([mark]));
  return { query, init: { method: 'POST', body } };
}
