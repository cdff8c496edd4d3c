import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import sharp from 'sharp';
import { expect, test } from 'vitest';
import { parseOptions } from '#contract/options';
import { pixelsOf } from '../../../test/pictures.ts';
import { parseChain } from '../chain.ts';
import { transform, transformOne } from '../transform-in-child.ts';
import { cutout } from './cutout.ts';

/** A red disc with a hole that shows the background, on a light gradient. */
async function disc(width = 240, height = 160): Promise<Buffer> {
  const svg = `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}">
    <defs><linearGradient id="g"><stop offset="0" stop-color="#cfd8dc"/>
      <stop offset="1" stop-color="#eceff1"/></linearGradient></defs>
    <rect width="${width}" height="${height}" fill="url(#g)"/>
    <circle cx="${width / 2}" cy="${height / 2}" r="50" fill="#c62828"/>
    <circle cx="${width / 2}" cy="${height / 2}" r="12" fill="#dfe5e8"/></svg>`;
  return sharp(Buffer.from(svg)).removeAlpha().png().toBuffer();
}

const cut = async (raw: Record<string, unknown>, input?: Buffer) =>
  transformOne(input ?? (await disc()), 'cutout', parseOptions(cutout.options, { method: 'border', ...raw }));

const PHOTO = fileURLToPath(new URL('../../../functions/frontend-fn/page/samples/coffee.jpg', import.meta.url));

/** A light disc, 60 px in radius, on green. */
const HALO = readFileSync(new URL('../../../test/cases/halo-green.png', import.meta.url));

/** The true mask without its soft edge: 1 object, 0 background, undefined on the edge. */
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

/** The largest difference from a colour among visible pixels, in levels, and the number of translucent pixels. */
async function farthest(bytes: Buffer, colour: readonly number[]): Promise<{ difference: number; soft: number }> {
  const { data } = await pixelsOf(bytes);
  let [difference, soft] = [0, 0];
  for (let at = 0; at < data.length; at += 4) {
    const alpha = data[at + 3] as number;
    if (alpha === 0) continue;
    if (alpha < 255) soft += 1;
    colour.forEach((level, n) => {
      difference = Math.max(difference, Math.abs((data[at + n] as number) - level));
    });
  }
  return { difference, soft };
}

const DISCS = ['white', 'black', '#00a000'].flatMap((ground) =>
  [
    [198, 40, 40],
    [30, 64, 175],
    [230, 230, 230],
    [46, 125, 50],
  ].flatMap((colour) => [0, 1.3, 9].map((feather) => ({ ground, colour, feather }))),
);

test.each(DISCS)('the edge has the object’s colour: $colour on $ground, feather $feather', async (disc) => {
  const fill = `rgb(${disc.colour.join()})`;
  const svg = `<svg xmlns="http://www.w3.org/2000/svg" width="240" height="160"><rect width="240" height="160"
    fill="${disc.ground}"/><circle cx="120.4" cy="79.7" r="50" fill="${fill}"/></svg>`;
  const input = await sharp(Buffer.from(svg)).removeAlpha().png().toBuffer();
  const { difference, soft } = await farthest((await cut({ feather: disc.feather }, input)).bytes, disc.colour);
  expect(soft).toBeGreaterThan(100);
  expect(difference).toBeLessThanOrEqual(16);
});

test('a light disc on green has no green rim; nothing stays hidden under full transparency', async () => {
  const { bytes } = await cut({}, HALO);
  expect((await farthest(bytes, [230, 230, 230])).difference).toBeLessThanOrEqual(16);
  const { data } = await pixelsOf(bytes);
  const hidden = [...Array(data.length / 4).keys()].filter((at) => data[at * 4 + 3] === 0);
  expect(hidden.length).toBeGreaterThan(10_000);
  expect(hidden.every((at) => data.subarray(at * 4, at * 4 + 3).every((level) => level === 0))).toBe(true);
});

test.each([0.6, 0.9, 1.3, 2.1, 3, 7.9, 8, 9, 11])('feather %s leaves the inside opaque', async (feather) => {
  const { data, width } = await pixelsOf((await cut({ feather }, HALO)).bytes);
  expect(data[(100 * width + 100) * 4 + 3]).toBe(255);
});

test('a colour or a blur comes behind; the mask can be had itself', async () => {
  const green = await pixelsOf((await cut({ background: '#0f0' })).bytes);
  expect([...green.data.subarray(0, 3)].map((level) => Math.round(level / 16))).toEqual([0, 16, 0]);
  const middle = (80 * 240 + 95) * green.channels;
  expect(green.data[middle]).toBeGreaterThan(150);
  expect((await cut({ background: 'blur' })).bytes.length).toBeGreaterThan(100);
  const { bytes } = await cut({ mask: 'true' });
  const mask = await sharp(bytes).toColourspace('b-w').raw().toBuffer();
  expect(mask[0]).toBeLessThan(10);
  expect(mask[80 * 240 + 95]).toBeGreaterThan(245);
  // Gray without transparency (PNG's colour type 0), with the levels that the cut-out has as its opacity.
  expect(bytes[25]).toBe(0);
  const { data } = await pixelsOf((await cut({})).bytes);
  expect(mask.every((level, at) => level === data[at * 4 + 3])).toBe(true);
});

test('rows of a cut-out are filtered, which makes it smaller', async () => {
  const photo = await sharp(PHOTO).resize(200, 130).toBuffer();
  const ground = sharp({ create: { width: 240, height: 160, channels: 3, background: '#40f0a0' } });
  const { bytes } = await cut(
    {},
    await ground
      .composite([{ input: photo }])
      .png()
      .toBuffer(),
  );
  expect(bytes.length).toBeLessThan((await sharp(bytes).png().toBuffer()).length * 0.8);
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
