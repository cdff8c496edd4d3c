import { expect, test } from 'vitest';
import { parseOptions } from '#contract/options';
import { gradient, picture, pixelsOf } from '../../../test/pictures.ts';
import { transformOne } from '../transform-in-child.ts';
import { pixelate } from './pixelate.ts';

test('every block has one colour, near the mean of what it covers, also at cut edges', async () => {
  const input = await picture(50, 34).png().toBuffer();
  const { bytes, width, height } = await transformOne(input, 'pixelate', parseOptions(pixelate.options, { size: 8 }));
  expect([width, height]).toEqual([50, 34]);
  const { data } = await pixelsOf(bytes);
  const at = (pixels: Buffer, x: number, y: number) => [...pixels.subarray((y * 50 + x) * 3, (y * 50 + x) * 3 + 3)];
  for (let y = 0; y < 34; y++) {
    for (let x = 0; x < 50; x++) expect(at(data, x, y)).toEqual(at(data, x - (x % 8), y - (y % 8)));
  }
  const original = gradient(50, 34);
  const mean =
    [...Array(64).keys()].reduce((sum, n) => sum + (at(original, 24 + (n % 8), 16 + (n >> 3))[0] as number), 0) / 64;
  expect(Math.abs((at(data, 24, 16)[0] as number) - mean)).toBeLessThan(8);
});
