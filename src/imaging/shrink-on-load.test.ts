import { readFileSync } from 'node:fs';
import sharp from 'sharp';
import { expect, test } from 'vitest';
import { pixelsOf } from '../../test/pictures.ts';
import { parseChain } from './chain.ts';
import { shrinkOnLoad } from './shrink-on-load.ts';
import { transform } from './transform.ts';

const PHOTO = readFileSync(new URL('../../functions/frontend-fn/page/samples/coffee.jpg', import.meta.url));
/** Odd, since decoders round. */
const WIDTH = 1_201;

/** The photo enlarged, as a JPEG with an EXIF orientation, and its upright pixels without another decoder's scaling. */
async function photo(orientation: number) {
  const jpeg = await sharp(PHOTO).resize({ width: WIDTH }).withMetadata({ orientation }).jpeg().toBuffer();
  return { jpeg, png: await sharp(jpeg, { autoOrient: true }).png().toBuffer() };
}

function psnr(a: Buffer, b: Buffer): number {
  const error = a.reduce((sum, level, at) => sum + (level - (b[at] as number)) ** 2, 0) / a.length;
  return 10 * Math.log10(255 ** 2 / error);
}

test.each([
  'width=300',
  'height=99',
  'width=320,height=77',
  'width=320,height=77,position=northwest',
  'width=90,height=77,fit=contain,background=ff0000',
  'width=150,height=150,fit=inside',
  'width=150,height=100,fit=outside',
  'width=250,height=60,fit=fill',
  'width=149,enlarge=false',
])('resize:%s of a JPEG gives the size and look that full decoding gives', async (options) => {
  for (const orientation of [1, 3, 6]) {
    const { jpeg, png } = await photo(orientation);
    const [fast, full] = await Promise.all(
      [jpeg, png].map(async (bytes) =>
        pixelsOf((await transform(bytes, parseChain(`resize:${options}`), { format: 'png' })).bytes),
      ),
    );
    expect([fast?.width, fast?.height, fast?.channels]).toEqual([full?.width, full?.height, full?.channels]);
    expect(psnr(fast?.data as Buffer, full?.data as Buffer)).toBeGreaterThan(32);
    // The decoder did scale.
    expect(fast?.data.equals(full?.data as Buffer)).toBe(false);
  }
});

test('pictures in other colours, and small reductions, are decoded in full', async () => {
  const large = sharp(PHOTO).resize({ width: WIDTH });
  for (const graph of [large.clone().toColourspace('b-w'), large.clone().toColourspace('cmyk')]) {
    const jpeg = await graph.jpeg().toBuffer();
    const { bytes } = await transform(jpeg, parseChain('resize:200'), { format: 'png' });
    const full = await sharp(jpeg).pipelineColourspace('srgb').resize({ width: 200 }).png().toBuffer();
    expect((await pixelsOf(bytes)).data.equals((await pixelsOf(full)).data)).toBe(true);
  }
  expect(shrinkOnLoad({ width: 1_000, height: 1_000 }, { width: 400, height: 400 })).toBeUndefined();
});

test('enough is left for Lanczos to keep what the encoder would keep', () => {
  const of = (reduction: number) =>
    shrinkOnLoad({ width: reduction * 500, height: reduction * 700 }, { width: 500, height: 700 });
  expect([3.5, 3.9].map(of)).toEqual([undefined, { fastShrinkOnLoad: true }]);
  expect([4.7, 5.6, 7.9, 8.4].map((one) => of(one)?.fastShrinkOnLoad)).toEqual([true, false, true, true]);
  expect([11.7, 16.6].map((one) => of(one)?.fastShrinkOnLoad)).toEqual([false, true]);
});
