import sharp from 'sharp';
import { expect, test } from 'vitest';
import { difference, picture, pixelsOf } from '../../../test/pictures.ts';
import { parseChain } from '../chain.ts';
import { transform } from '../transform.ts';
import { OUTPUT_FORMATS } from './convert.ts';

const inputs = {
  jpeg: () => picture(40, 30).jpeg({ quality: 95 }).toBuffer(),
  png: () => picture(40, 30).png().toBuffer(),
  webp: () => picture(40, 30).webp({ quality: 95 }).toBuffer(),
  gif: () => picture(40, 30).gif().toBuffer(),
  avif: () => picture(40, 30).avif({ quality: 95 }).toBuffer(),
  tiff: () => picture(40, 30).tiff().toBuffer(),
};

test.each(Object.entries(inputs))('%s comes in and every format goes out', async (_, make) => {
  const input = await make();
  const before = await pixelsOf(input);
  for (const format of OUTPUT_FORMATS) {
    const { bytes, contentType, width, height } = await transform(input, parseChain('convert'), {
      format,
      quality: 90,
    });
    expect([contentType, width, height]).toEqual([`image/${format}`, 40, 30]);
    const { format: seen } = await sharp(bytes).metadata();
    expect(seen === 'heif' ? 'avif' : seen).toBe(format);
    expect(
      difference(await sharp(bytes).removeAlpha().raw().toBuffer(), await sharp(input).removeAlpha().raw().toBuffer()),
    ).toBeLessThan(6);
  }
  expect(before.width).toBe(40);
});

test.each([
  ['jpeg', 'image/jpeg'],
  ['png', 'image/png'],
  ['webp', 'image/webp'],
  ['avif', 'image/avif'],
  ['gif', 'image/png'],
  ['tiff', 'image/png'],
] as const)('without a format %s comes out as %s', async (name, contentType) => {
  expect((await transform(await inputs[name](), parseChain('rotate:180'), {})).contentType).toBe(contentType);
});

test('quality is a size knob; a convert in the chain has the last word', async () => {
  const input = await sharp({
    create: {
      width: 200,
      height: 200,
      channels: 3,
      background: '#888',
      noise: { type: 'gaussian', mean: 128, sigma: 60 },
    },
  })
    .png()
    .toBuffer();
  const at = async (quality: number) =>
    (await transform(input, parseChain('convert'), { format: 'jpeg', quality })).bytes.length;
  expect(await at(30)).toBeLessThan((await at(90)) / 2);
  const result = await transform(input, parseChain('convert:webp,quality=20;rotate:90'), { format: 'png' });
  expect(result.contentType).toBe('image/webp');
});

test('metadata does not leave; colours come out as sRGB', async () => {
  const input = await picture(40, 30)
    .withMetadata({ exif: { IFD0: { Artist: 'somebody' } } })
    .withIccProfile('p3')
    .jpeg()
    .toBuffer();
  const { bytes } = await transform(input, parseChain('convert'), {});
  const { exif, icc } = await sharp(bytes).metadata();
  expect([exif, icc]).toEqual([undefined, undefined]);
});

test('transparency becomes the matte in JPEG and stays elsewhere', async () => {
  const input = await picture(40, 30, 4).png().toBuffer();
  const corner = async (matte?: string) =>
    (
      await pixelsOf((await transform(input, parseChain('convert'), { format: 'jpeg', quality: 100, matte })).bytes)
    ).data.at(-3) as number;
  expect(await corner()).toBeGreaterThan(250);
  expect(await corner('#000000')).toBeLessThan(5);
  expect((await pixelsOf((await transform(input, parseChain('convert'), { format: 'webp' })).bytes)).channels).toBe(4);
});
