import sharp from 'sharp';
import { expect, test } from 'vitest';
import { gradient, pixelsOf } from '../test/pictures.ts';
import { pngOf, type RawRows, turnRows } from './raw-rows.ts';

const rows: RawRows = { data: gradient(7, 4), width: 7, height: 4, channels: 3 };
const gray: RawRows = { data: Buffer.from([1, 2, 3, 4, 5, 6]), width: 3, height: 2, channels: 1 };

test('a quarter turn goes counter-clockwise and swaps the sides', () => {
  expect(turnRows(gray, 1)).toEqual({ data: Buffer.from([3, 6, 2, 5, 1, 4]), width: 2, height: 3, channels: 1 });
  expect(turnRows(gray, 2).data).toEqual(Buffer.from([6, 5, 4, 3, 2, 1]));
  expect(turnRows(gray, 3)).toEqual({ data: Buffer.from([4, 1, 5, 2, 6, 3]), width: 2, height: 3, channels: 1 });
  expect(turnRows(gray, 0)).toEqual(gray);
});

test('turns are what sharp makes of the same pixels', async () => {
  for (const turns of [0, 1, 2, 3]) {
    const raw = { width: rows.width, height: rows.height, channels: rows.channels };
    const expected = await sharp(rows.data, { raw })
      .rotate(-90 * turns)
      .raw()
      .toBuffer();
    expect(turnRows(rows, turns).data.equals(expected)).toBe(true);
  }
});

test('as PNG the pixels are the same, in colour and in gray', async () => {
  for (const some of [rows, gray]) {
    const { data, info } = await sharp(pngOf(some))
      .toColourspace(some.channels === 1 ? 'b-w' : 'srgb')
      .raw()
      .toBuffer({
        resolveWithObject: true,
      });
    expect([info.width, info.height, info.channels]).toEqual([some.width, some.height, some.channels]);
    expect(data.equals(some.data)).toBe(true);
  }
  expect((await pixelsOf(pngOf(rows))).width).toBe(7);
});
