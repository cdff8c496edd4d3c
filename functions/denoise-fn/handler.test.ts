import sharp from 'sharp';
import { expect, test } from 'vitest';
import { askOnce } from '../../test/function.ts';

test('takes noise off a plain surface', async () => {
  const side = 64;
  // Every run's noise is the same: a generator of pseudo-random numbers, Park and Miller's.
  let seed = 7;
  const random = (): number => {
    seed = (seed * 48271) % 2147483647;
    return seed / 2147483647;
  };
  const pixels = Buffer.from(Array.from({ length: side * side * 3 }, () => 108 + Math.round(40 * random())));
  const noisy = await sharp(pixels, { raw: { width: side, height: side, channels: 3 } })
    .png()
    .toBuffer();
  const { status, bytes } = await askOnce('denoise-fn', '', noisy);
  expect(status).toBe(200);
  const spread = async (png: Buffer) => (await sharp(png).stats()).channels[0]?.stdev ?? 0;
  expect(await spread(bytes)).toBeLessThan((await spread(noisy)) / 2);
});
