import sharp from 'sharp';
import { expect, test } from 'vitest';
import { parseOptions } from '#contract/options';
import { picture, pixelsOf } from '../../../test/pictures.ts';
import { transformOne } from '../transform-in-child.ts';
import { rotate } from './rotate.ts';

const turn = (bytes: Buffer, raw: Record<string, unknown>) =>
  transformOne(bytes, 'rotate', parseOptions(rotate.options, raw));

test('90 degrees swaps the sides and turns clockwise', async () => {
  const input = await picture(7, 4).png().toBuffer();
  const { bytes, width, height } = await turn(input, { angle: '90' });
  expect([width, height]).toEqual([4, 7]);
  const before = await pixelsOf(input);
  const after = await pixelsOf(bytes);
  // The pixel at the top left is now at the top right.
  expect(after.data.subarray((4 - 1) * 3, 4 * 3)).toEqual(before.data.subarray(0, 3));
});

test('four turns give bit-identical pixels, with and without transparency', async () => {
  for (const channels of [3, 4] as const) {
    const input = await picture(37, 22, channels).png().toBuffer();
    let bytes: Buffer = input;
    for (let times = 0; times < 4; times++) ({ bytes } = await turn(bytes, { angle: 90 }));
    expect((await pixelsOf(bytes)).data.equals((await pixelsOf(input)).data)).toBe(true);
  }
});

test('ccw counts the other way; negative and large angles wrap', async () => {
  const input = await picture(9, 5).png().toBuffer();
  const left = await pixelsOf((await turn(input, { angle: 90, direction: 'ccw' })).bytes);
  for (const raw of [{ angle: -90 }, { angle: 270 }, { angle: 630 }]) {
    expect((await pixelsOf((await turn(input, raw)).bytes)).data.equals(left.data)).toBe(true);
  }
});

test('0 and 360 degrees change nothing', async () => {
  const input = await picture(9, 5).png().toBuffer();
  for (const angle of [0, 360, -720]) {
    expect((await pixelsOf((await turn(input, { angle })).bytes)).data.equals((await pixelsOf(input)).data)).toBe(true);
  }
});

test('other angles grow the canvas and fill the corners', async () => {
  const input = await picture(40, 20).png().toBuffer();
  const clear = await pixelsOf((await turn(input, { angle: 45 })).bytes);
  expect(clear.channels).toBe(4);
  expect(clear.data[3]).toBe(0);
  const red = await turn(input, { angle: 45, background: 'f00' });
  expect((await pixelsOf(red.bytes)).data.subarray(0, 3)).toEqual(Buffer.from([255, 0, 0]));
  const maxOutputSize = rotate.maxOutputSize({ width: 40, height: 20 }, parseOptions(rotate.options, { angle: 45 }));
  expect(Math.abs(red.width - maxOutputSize.width)).toBeLessThanOrEqual(1);
  expect(Math.abs(red.height - maxOutputSize.height)).toBeLessThanOrEqual(1);
});

test('transparent corners are white in JPEG, not black', async () => {
  const input = await picture(40, 20).jpeg().toBuffer();
  const { bytes, contentType } = await turn(input, { angle: 45 });
  expect(contentType).toBe('image/jpeg');
  const { data } = await pixelsOf(bytes);
  expect(data[0]).toBeGreaterThan(240);
});

test('EXIF orientation is applied first and does not come out again', async () => {
  const upright = await picture(30, 20).png().toBuffer();
  const lying = await sharp(await sharp(upright).rotate(270).png().toBuffer())
    .withMetadata({ orientation: 6 })
    .png()
    .toBuffer();
  const { bytes, width, height } = await turn(lying, { angle: 0 });
  expect([width, height]).toEqual([30, 20]);
  expect((await sharp(bytes).metadata()).orientation).toBeUndefined();
  expect((await pixelsOf(bytes)).data.equals((await pixelsOf(upright)).data)).toBe(true);
  const turned = await turn(lying, { angle: 90 });
  expect([turned.width, turned.height]).toEqual([20, 30]);
});

test('wrong options are refused by name', () => {
  const refused = (raw: Record<string, unknown>) => () => parseOptions(rotate.options, raw);
  expect(refused({ angle: 'left' })).toThrow(/"angle" is "left"; it must be a number from -3600 to 3600 degrees/);
  expect(refused({ angle: 'Infinity' })).toThrow(/angle/);
  expect(refused({ direction: 'up' })).toThrow(/one of cw, ccw/);
  expect(refused({ background: 'url(x)' })).toThrow(/a colour/);
  expect(refused({ angel: '90' })).toThrow(/no option "angel"; known here: angle, direction, background/);
});
