import sharp from 'sharp';
import { expect, test } from 'vitest';
import { parseOptions } from '#platform/options';
import { pixelsOf } from '../../../test/pictures.ts';
import { parseChain } from '../chain.ts';
import { transform, transformOne } from '../transform.ts';
import { cutout } from './cutout.ts';

/** A red disc, with a hole of ground colour in it, on light ground that shades from left to right. */
async function disc(width = 240, height = 160): Promise<Buffer> {
  const svg = `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}">
    <defs><linearGradient id="g"><stop offset="0" stop-color="#cfd8dc"/><stop offset="1" stop-color="#eceff1"/></linearGradient></defs>
    <rect width="${width}" height="${height}" fill="url(#g)"/>
    <circle cx="${width / 2}" cy="${height / 2}" r="50" fill="#c62828"/><circle cx="${width / 2}" cy="${height / 2}" r="12" fill="#dfe5e8"/></svg>`;
  return sharp(Buffer.from(svg)).removeAlpha().png().toBuffer();
}

const cut = async (raw: Record<string, unknown>, input?: Buffer) =>
  transformOne(input ?? (await disc()), 'cutout', parseOptions(cutout.options, { method: 'border', ...raw }));

/** Where the object truly is, without its soft edge: 1 object, 0 ground, undefined on the edge. */
function truth(x: number, y: number): 0 | 1 | undefined {
  const far = Math.hypot(x - 120, y - 80);
  if (Math.abs(far - 50) < 3) return undefined;
  return far < 50 ? 1 : 0;
}

test('finds a thing on plain ground, a hole in it included, to within its edge', async () => {
  const { data, channels } = await pixelsOf((await cut({})).bytes);
  expect(channels).toBe(4);
  let wrong = 0;
  for (let y = 0; y < 160; y++) {
    for (let x = 0; x < 240; x++) {
      const wanted = truth(x, y);
      const alpha = data[(y * 240 + x) * 4 + 3] as number;
      if (wanted !== undefined && (alpha > 127 ? 1 : 0) !== wanted) wrong += 1;
    }
  }
  expect(wrong / (240 * 160)).toBeLessThan(0.005);
});

test('colours under full transparency stay what they were', async () => {
  const input = await disc();
  const { data } = await pixelsOf((await cut({}, input)).bytes);
  const before = await pixelsOf(input);
  expect(data[3]).toBeLessThan(10);
  expect([...data.subarray(0, 3)]).toEqual([...before.data.subarray(0, 3)]);
});

test('a colour or a blur comes behind; the mask can be had itself', async () => {
  const green = await pixelsOf((await cut({ background: '#0f0' })).bytes);
  expect([...green.data.subarray(0, 3)].map((level) => Math.round(level / 16))).toEqual([0, 16, 0]);
  const middle = (80 * 240 + 95) * green.channels;
  expect(green.data[middle]).toBeGreaterThan(150);
  expect((await cut({ background: 'blur' })).bytes.length).toBeGreaterThan(100);
  const mask = await sharp((await cut({ mask: 'true' })).bytes)
    .greyscale()
    .raw()
    .toBuffer();
  expect(mask[0]).toBeLessThan(10);
  expect(mask[80 * 240 + 95]).toBeGreaterThan(245);
});

test('JPEG in without a format comes out as PNG, for the transparency; feather softens', async () => {
  const jpeg = await sharp(await disc())
    .jpeg({ quality: 95 })
    .toBuffer();
  const { contentType, facts } = await cut({}, jpeg);
  expect(contentType).toBe('image/png');
  expect(facts).toEqual({ cutoutMethod: 'border' });
  expect((await cut({ background: 'white' }, jpeg)).contentType).toBe('image/jpeg');
  const soft = async (feather: number) => {
    const { data } = await pixelsOf((await cut({ feather })).bytes);
    return [...Array(160 * 240).keys()].filter(
      (at) => (data[at * 4 + 3] as number) > 20 && (data[at * 4 + 3] as number) < 235,
    ).length;
  };
  expect(await soft(8)).toBeGreaterThan((await soft(0)) * 2);
});

test('transparency it had is kept; gray works; in a chain too', async () => {
  const half = await sharp(await disc())
    .ensureAlpha(0.5)
    .png()
    .toBuffer();
  expect((await pixelsOf((await cut({}, half)).bytes)).data[(80 * 240 + 95) * 4 + 3]).toBeLessThan(135);
  const gray = await transform(await disc(), parseChain('grayscale;cutout:method=border;resize:width=60'), {});
  expect(gray).toMatchObject({ width: 60, height: 40, contentType: 'image/png' });
  const { data } = await pixelsOf(gray.bytes);
  expect(data[3]).toBeLessThan(20);
  expect(data[(20 * 60 + 23) * 4 + 3]).toBeGreaterThan(235);
});

test('wrong options are refused by name', () => {
  expect(() => parseOptions(cutout.options, { background: 'sky' })).toThrow(/transparent, blur, or a colour/);
  expect(() => parseOptions(cutout.options, { feather: '99' })).toThrow(/from 0 to 50 px/);
  expect(() => parseOptions(cutout.options, { method: 'magic' })).toThrow(/method/);
});
