import { readFileSync } from 'node:fs';
import sharp from 'sharp';
import { expect, test } from 'vitest';
import { readTaggedColour } from '#decoding/tagged-colour';
import { picture, pixelsOf } from '../../test/pictures.ts';
import { parseChain } from './chain.ts';
import { transform } from './transform.ts';

/* There is one way to open a picture: colour, alpha and strictness do not depend on the first operation. */

const file = (name: string): Buffer => readFileSync(new URL(`../../test/cases/${name}`, import.meta.url));
const png = async (input: Buffer, chain: string) =>
  pixelsOf((await transform(input, parseChain(chain), { format: 'png' })).bytes);

/** Largest difference of the first pixel's channels. */
const furthest = (data: Buffer, wanted: number[]): number =>
  Math.max(...wanted.map((level, n) => Math.abs((data[n] as number) - level)));

test.each(['gray8.jpg', 'la8.png', 'g1.png', 't-miniswhite8.tif'])(
  'backgrounds on %s have their colour',
  async (name) => {
    for (const chain of [
      'rotate:30,background=ff0000',
      'pad:4,background=ff0000',
      'resize:width=60,height=60,fit=contain,background=ff0000',
    ]) {
      const { data } = await png(file(name), chain);
      expect([...data.subarray(0, 3)], chain).toEqual([255, 0, 0]);
    }
  },
);

test.each([
  ['ap3.avif', [241, 0, 0]],
  ['cicp-p3.png', [241, 0, 0]],
  ['apremul.avif', [220, 30, 30, 128]],
])('%s shows its true colour, also laid over another', async (name, wanted) => {
  for (const chain of ['convert:png', 'flip;flip', 'denoise:median', 'rotate:360']) {
    const { data } = await png(file(name), chain);
    expect(furthest(data, wanted), chain).toBeLessThan(4);
  }
  const under = await picture(64, 48).png().toBuffer();
  const steps = parseChain('watermark').map((one) => ({ ...one, overlay: file(name) }));
  const { data } = await pixelsOf((await transform(under, steps, { format: 'png' })).bytes);
  if (wanted.length === 3) expect(furthest(data, wanted)).toBeLessThan(4);
});

/** Corners in reading order; upright they are green, red, red and blue, the alpha rises from top to bottom. */
test.each<[string, number[], string, number[]]>([
  ['avif-irot1.avif', [48, 64], 'red blue green red', []],
  ['avif-irot2.avif', [64, 48], 'blue red red green', []],
  ['avif-imir0.avif', [64, 48], 'red blue green red', []],
  ['avif-clap.avif', [32, 24], 'blue blue blue blue', []],
  ['avif-alpha-turned.avif', [48, 64], 'red blue green red', [0, 255, 0, 255]],
])('%s is turned, mirrored or cropped as its boxes say', async (name, size, corners, alphas) => {
  const { data, width, height, channels } = await png(file(name), 'convert:png');
  expect([width, height]).toEqual(size);
  const places = [0, width - 1, (height - 1) * width, height * width - 1].map((place) => place * channels);
  const named = places.map((at) => ['red', 'green', 'blue'][data.subarray(at, at + 3).indexOf(maxOf(data, at))]);
  expect(named.join(' ')).toBe(corners);
  for (const [n, alpha] of alphas.entries()) {
    expect(Math.abs((data[(places[n] as number) + 3] as number) - alpha)).toBeLessThan(20);
  }
});
const maxOf = (data: Buffer, at: number): number => Math.max(...data.subarray(at, at + 3));

test('colour told by an AVIF is that of its primary picture, not of bytes that look like it', async () => {
  const avif = await picture(8, 8).avif({ effort: 0 }).toBuffer();
  const stray = Buffer.concat([avif, Buffer.from('\0\0\0\x13freecolrnclx\0\x0c\0\x0d', 'latin1')]);
  expect(readTaggedColour(stray)).toBeUndefined();
  expect(readTaggedColour(file('ap3.avif'))).toMatchObject({ transfer: 'srgb' });
  // Truncated anywhere, its boxes are still read without an error.
  for (let end = 0; end < avif.length; end += 3) readTaggedColour(avif.subarray(0, end));
});

test('outside the first frame a GIF is transparent, and white in a JPEG', async () => {
  const { data, channels } = await png(file('gif-offset.gif'), 'flip');
  expect(channels).toBe(4);
  expect(data[3]).toBe(0);
  const { bytes } = await transform(file('gif-offset.gif'), [], { format: 'jpeg' });
  expect((await pixelsOf(bytes)).data[0]).toBeGreaterThan(250);
});

test('gamma told by a PNG is honoured', async () => {
  const plain = await sharp({ create: { width: 4, height: 4, channels: 3, background: '#808080' } })
    .png()
    .toBuffer();
  const gama = Buffer.from('0000000467414d41000186a0', 'hex');
  const { crc32 } = await import('node:zlib');
  const sum = Buffer.alloc(4);
  sum.writeUInt32BE(crc32(gama.subarray(4)));
  const linear = Buffer.concat([plain.subarray(0, 33), gama, sum, plain.subarray(33)]);
  const { data } = await png(linear, 'flip');
  // 128 of 255 as light is 188 in sRGB.
  expect([...data.subarray(0, 3)]).toEqual([188, 188, 188]);
});

test('a JPEG cut by its end marker is whole, one cut by more is damaged', async () => {
  for (const progressive of [false, true]) {
    const input = await picture(80, 60).jpeg({ progressive }).toBuffer();
    const whole = (await png(input, 'flip')).data;
    expect((await png(input.subarray(0, -2), 'flip')).data.equals(whole)).toBe(true);
    await expect(png(input.subarray(0, input.length >> 1), 'flip')).rejects.toMatchObject({ code: 'picture-damaged' });
  }
});

test('what decoders only warn of is no damage', async () => {
  const input = await picture(80, 60).jpeg().toBuffer();
  const scan = input.indexOf(Buffer.from([0xff, 0xda]));
  const odd = Buffer.from(input);
  // Changes the last coefficient and the approximation of a baseline scan: decoders warn and continue.
  odd[scan + 4 + (input.readUInt16BE(scan + 2) - 2) - 2] = 0;
  expect((await png(odd, 'flip')).data.equals((await png(input, 'flip')).data)).toBe(true);
});
