import sharp from 'sharp';
import { expect, test } from 'vitest';
import { askOnce } from '../../test/function.ts';
import { picture, pixelsOf } from '../../test/pictures.ts';

test('turns a picture by the angle, clockwise, and keeps its format', async () => {
  const png = await picture(30, 20).png().toBuffer();
  const { status, type, bytes } = await askOnce('rotate-fn', 'angle=90', png);
  expect([status, type]).toEqual([200, 'image/png']);
  const before = await pixelsOf(png);
  const after = await pixelsOf(bytes);
  expect([after.width, after.height]).toEqual([20, 30]);
  // The first row's first pixel goes to the first row's end.
  expect(after.data.subarray(19 * 3, 20 * 3)).toEqual(before.data.subarray(0, 3));
});

test('all 16 bits come back', async () => {
  const samples = Uint16Array.from({ length: 40 * 30 * 4 }, (_, n) => (n * 7_919 + 13) % 65_536);
  const raw = { width: 40, height: 30, channels: 4 } as const;
  const input = await sharp(samples, { raw }).toColourspace('rgb16').png().toBuffer();
  const deep = (bytes: Buffer) => sharp(bytes).toColourspace('rgb16').raw({ depth: 'ushort' }).toBuffer();
  const { bytes } = await askOnce('rotate-fn', 'angle=180', input);
  expect(
    (await deep(await sharp(bytes).rotate(180).toColourspace('rgb16').png().toBuffer())).equals(await deep(input)),
  ).toBe(true);
});
