import sharp from 'sharp';
import { expect, test } from 'vitest';
import { picture, pixelsOf } from '../../../test/pictures.ts';
import { transformOne } from '../transform-in-child.ts';

test('every pixel is gray and as bright as it looked', async () => {
  const input = await picture(20, 10).png().toBuffer();
  const { data, channels } = await pixelsOf((await transformOne(input, 'grayscale', {})).bytes);
  expect(channels).toBe(3);
  for (let at = 0; at < data.length; at += 3) {
    expect(data[at]).toBe(data[at + 1]);
    expect(data[at]).toBe(data[at + 2]);
  }
  const gray = async (background: string) => {
    const flat = await sharp({ create: { width: 2, height: 2, channels: 3, background } })
      .png()
      .toBuffer();
    return (await pixelsOf((await transformOne(flat, 'grayscale', {})).bytes)).data[0] as number;
  };
  expect(await gray('#00ff00')).toBeGreaterThan(await gray('#ff0000'));
  expect(await gray('#ff0000')).toBeGreaterThan(await gray('#0000ff'));
  expect(await gray('#808080')).toBeGreaterThan(126);
});

test('transparency stays, and shows the matte in a JPEG', async () => {
  const input = await picture(20, 10, 4).png().toBuffer();
  const { data, channels } = await pixelsOf((await transformOne(input, 'grayscale', {})).bytes);
  expect(channels).toBe(4);
  expect(data[3]).toBe(255);
  expect(data[19 * 4 + 3]).toBe(0);
  const jpeg = await pixelsOf((await transformOne(input, 'grayscale', { format: 'jpeg' })).bytes);
  expect(jpeg.data[19 * jpeg.channels]).toBeGreaterThan(250);
});
