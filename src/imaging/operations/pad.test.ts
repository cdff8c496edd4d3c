import { expect, test } from 'vitest';
import { parseOptions } from '#contract/options';
import { picture, pixelsOf } from '../../../test/pictures.ts';
import { transformOne } from '../transform-in-child.ts';
import { pad } from './pad.ts';

const padded = async (raw: Record<string, unknown>, format: 'png' | 'jpeg' = 'png') =>
  pixelsOf(
    (await transformOne(await picture(20, 10).toFormat(format).toBuffer(), 'pad', parseOptions(pad.options, raw)))
      .bytes,
  );

test('each side grows as told', async () => {
  const { width, height, data, channels } = await padded({ all: 2, left: 5, top: 0, background: '#00f' });
  expect([width, height]).toEqual([27, 12]);
  expect([...data.subarray(0, 3)]).toEqual([0, 0, 255]);
  // The picture's first pixel: five columns in, on the first row.
  expect([...data.subarray(5 * channels, 5 * channels + 3)]).toEqual([0, 0, 255]);
  expect([...data.subarray(11 * 27 * channels, 11 * 27 * channels + 3)]).toEqual([0, 0, 255]);
});

test('transparent where the format can, white where it cannot', async () => {
  expect((await padded({ all: 3 })).data[3]).toBe(0);
  expect((await padded({ all: 8 }, 'jpeg')).data[0]).toBeGreaterThan(245);
});

test('too much border is too many pixels', async () => {
  await expect(padded({ all: 16_000 })).rejects.toMatchObject({ code: 'too-many-pixels' });
});
