import { createHash } from 'node:crypto';
import sharp, { type Sharp } from 'sharp';
import { describe, expect, test } from 'vitest';
import { Problem } from '#contract/problems';
import { hugePng } from '../../test/pictures.ts';
import goldens from './fixtures/goldens.json' with { type: 'json' };
import { normalise } from './normalise.ts';
import { centreCrop, decode } from './preprocess.ts';

const sha256 = (data: Uint8Array) => createHash('sha256').update(data).digest('hex');

/** The same pictures as in fixtures/make-goldens.py. */
function noise(width: number, height: number) {
  const data = new Uint8Array(width * height * 3);
  let state = (width * 65537 + height) >>> 0;
  for (let i = 0; i < data.length; i += 1) {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    const [x, y, channel] = [Math.floor(i / 3) % width, Math.floor(i / 3 / width), i % 3];
    data[i] = Math.floor((state >>> 24) / 2) + Math.floor((x * 2 + y * 3 + channel * 40) / 2);
  }
  return { data, width, height, shape: { width, height } };
}

const maxPixels = 50_000_000;
const upright = { exif: 'orient', maxPixels } as const;
const spec = { mean: goldens.mean, std: goldens.std } as never;

describe('the resampler gives the bytes that Pillow gives', () => {
  test.each(goldens.resampled)('$width × $height → $size', ({ width, height, size, pixels, tensor }) => {
    const crop = centreCrop(noise(width, height), size);
    expect(sha256(crop)).toBe(pixels);
    expect(sha256(new Uint8Array(normalise(crop, spec).buffer))).toBe(tensor);
  });
});

describe('decoding gives the pixels that Pillow gives', () => {
  test.each(goldens.encoded)('$name', async ({ file, asStored, upright: turned }) => {
    const bytes = Buffer.from(file, 'base64');
    expect(sha256(centreCrop(await decode(bytes, 32, { exif: 'ignore', matte: 'drop', maxPixels }), 32))).toBe(
      asStored,
    );
    expect(sha256(centreCrop(await decode(bytes, 32, { ...upright, matte: 'drop' }), 32))).toBe(turned);
  });
});

describe('above 4 megapixels', () => {
  /** A smooth picture with edges, as in photos; with noise, the test would measure the noise. */
  async function photo(width: number, height: number) {
    const svg = `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}">
      <defs><linearGradient id="sky" x2="1" y2="1">
        <stop stop-color="#204080"/><stop offset="1" stop-color="#f0c090"/></linearGradient></defs>
      <rect width="100%" height="100%" fill="url(#sky)"/>
      <circle cx="45%" cy="55%" r="17%" fill="#a03020"/>
      <rect x="52%" y="20%" width="9%" height="60%" fill="#f8f8e0"/></svg>`;
    return sharp(Buffer.from(svg));
  }
  type Encode = (graph: Sharp) => Sharp;
  const jpeg: Encode = (graph) => graph.jpeg({ quality: 92 });

  test.each([
    ['jpeg', 4032, 3024, 64, jpeg],
    ['jpeg', 3001, 2003, 64, jpeg],
    ['jpeg', 2251, 4001, 224, jpeg],
    ['png', 3001, 2003, 64, (graph: Sharp) => graph.flatten().png()],
    ['png with transparency', 3001, 2003, 64, (graph: Sharp) => graph.ensureAlpha(0.999).png()],
    ['webp', 2251, 4001, 224, (graph: Sharp) => graph.webp()],
    ['tiff', 2251, 4001, 224, (graph: Sharp) => graph.flatten().tiff()],
    ['avif', 3001, 2003, 64, (graph: Sharp) => graph.avif({ effort: 0 })],
  ] as [string, number, number, number, Encode][])(
    'a %s of %i × %i is reduced while decoding and stays within a level of Pillow at %i',
    async (_, width, height, size, encode) => {
      const bytes = await encode(await photo(width, height)).toBuffer();
      const reduced = await decode(bytes, size, upright);
      expect(reduced.width).toBeLessThanOrEqual(width / 2);
      const whole = await sharp(bytes).flatten({ background: '#ffffff' }).raw().toBuffer();
      const exact = centreCrop({ data: whole, width, height, shape: { width, height } }, size);
      const got = centreCrop(reduced, size);
      const error = got.reduce((sum, level, i) => sum + Math.abs(level - exact[i]!), 0) / got.length;
      expect(error).toBeLessThan(1);
    },
  );

  test('colours under transparency that is dropped are not reduced', async () => {
    const background = { r: 10, g: 20, b: 30, alpha: 0 };
    const png = await sharp({ create: { width: 2100, height: 2000, channels: 4, background } })
      .png()
      .toBuffer();
    const whole = await decode(png, 64, { ...upright, matte: 'drop' });
    expect(whole).toMatchObject({ width: 2100, height: 2000 });
    expect([...whole.data.subarray(0, 3)]).toEqual([10, 20, 30]);
  });
});

test('more pixels than allowed are refused before any is decoded', async () => {
  await expect(decode(hugePng(9000, 9000), 64, upright)).rejects.toMatchObject({
    code: 'too-many-pixels',
    status: 413,
  });
});

test('a picture that breaks off or is none is damaged', async () => {
  const whole = Buffer.from(goldens.encoded[0]!.file, 'base64');
  for (const bytes of [
    whole.subarray(0, whole.length - 400),
    whole.subarray(0, 30),
    Buffer.alloc(0),
    Buffer.from('hello'),
  ])
    await expect(decode(bytes, 32, upright)).rejects.toSatisfy(
      (error) => error instanceof Problem && error.code === 'picture-damaged',
    );
});

test.each([
  [undefined, 255],
  ['#000000', 0],
  ['drop', 10],
])('transparency on %s', async (matte, level) => {
  const background = { r: 10, g: 10, b: 10, alpha: 0 };
  const clear = await sharp({ create: { width: 8, height: 8, channels: 4, background } })
    .png()
    .toBuffer();
  const { data } = await decode(clear, 8, { ...upright, matte });
  expect([...new Set(data)]).toEqual([level]);
});
