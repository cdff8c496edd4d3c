import sharp from 'sharp';
import { expect, test } from 'vitest';
import { parseOptions } from '#contract/options';
import { picture, pixelsOf } from '../../../test/pictures.ts';
import { transformOne } from '../transform-in-child.ts';
import { denoise } from './denoise.ts';

const WIDTH = 40;
const HEIGHT = 30;
const run = async (input: Buffer, raw: Record<string, unknown>) =>
  pixelsOf((await transformOne(input, 'denoise', { ...parseOptions(denoise.options, raw), format: 'png' })).bytes);

/** Random pixels, the same each time. */
function random(): Buffer {
  let seed = 5;
  return Buffer.from(
    Array.from({ length: WIDTH * HEIGHT }, () => {
      seed = (seed * 1_103_515_245 + 12_345) % 2_147_483_648;
      return seed >> 16;
    }),
  );
}

test.each([3, 5, 9])('median of %d is the median of each window, exactly', async (size) => {
  const gray = random();
  const input = await sharp(gray, { raw: { width: WIDTH, height: HEIGHT, channels: 1 } })
    .png()
    .toBuffer();
  const { data, channels } = await run(input, { mode: 'median', size });
  const reach = (size - 1) / 2;
  for (let y = reach; y < HEIGHT - reach; y++) {
    for (let x = reach; x < WIDTH - reach; x++) {
      const rows = Array.from({ length: size }, (_, row) => (y - reach + row) * WIDTH + x - reach);
      const window = rows.flatMap((at) => [...gray.subarray(at, at + size)]).sort((a, b) => a - b);
      expect(data[(y * WIDTH + x) * channels], `${x}, ${y}`).toBe(window[(size * size - 1) / 2]);
    }
  }
});

test('size, transparency and format stay; without noise or strength so does every pixel', async () => {
  const input = await picture(WIDTH, HEIGHT, 4).png().toBuffer();
  const before = await pixelsOf(input);
  for (const raw of [{}, { mode: 'bilateral', strength: 0 }, { mode: 'nlm', strength: '0' }]) {
    expect(await run(input, raw)).toEqual(before);
  }
});

test('a picture that would take too long is refused, by the mode asked for', () => {
  const maxOutputSize = (mode: string, width: number) => () =>
    denoise.maxOutputSize({ width, height: 2_000 }, parseOptions(denoise.options, { mode }));
  expect(maxOutputSize('nlm', 12_500)).not.toThrow();
  expect(maxOutputSize('nlm', 12_501)).toThrow(/mode=nlm takes at most 25 million pixels/);
  expect(maxOutputSize('auto', 12_501)).toThrow(/25 million/);
  expect(maxOutputSize('median', 20_000)).not.toThrow();
});

test('wrong options are refused by name', () => {
  const refused = (raw: Record<string, unknown>) => () => parseOptions(denoise.options, raw);
  expect(refused({ mode: 'magic' })).toThrow(/one of auto, median, bilateral, nlm/);
  expect(refused({ size: 2 })).toThrow(/"size" is 2; it must be a whole number from 3 to 9 px/);
  expect(refused({ strength: 4 })).toThrow(/from 0 to 3/);
});
