import sharp from 'sharp';
import { expect, test } from 'vitest';
import { parseOptions } from '#contract/options';
import { pixelsOf } from '../../../test/pictures.ts';
import { transformOne } from '../transform-in-child.ts';
import { adjust } from './adjust.ts';

async function adjusted(background: string, raw: Record<string, unknown>): Promise<number[]> {
  const input = await sharp({ create: { width: 4, height: 4, channels: 3, background } })
    .png()
    .toBuffer();
  const { bytes } = await transformOne(input, 'adjust', parseOptions(adjust.options, raw));
  return [...(await pixelsOf(bytes)).data.subarray(0, 3)];
}

test('without options nothing changes', async () => {
  expect(await adjusted('#336699', {})).toEqual([0x33, 0x66, 0x99]);
});

test('brightness, saturation and hue do what they say', async () => {
  expect(Math.max(...(await adjusted('#808080', { brightness: 0 })))).toBeLessThan(3);
  expect((await adjusted('#404040', { brightness: '1.5' }))[0]).toBeGreaterThan(0x50);
  const [red = 0, green = 0, blue = 0] = await adjusted('#336699', { saturation: 0 });
  expect(Math.max(red, green, blue) - Math.min(red, green, blue)).toBeLessThan(4);
  const turned = await adjusted('#cc3333', { hue: 120 });
  expect(turned.indexOf(Math.max(...turned))).toBe(1);
});

test('gamma moves the middle by the power law and leaves black and white', async () => {
  for (const gamma of [0.5, 1.5, 2.2]) {
    expect(await adjusted('#000000', { gamma })).toEqual([0, 0, 0]);
    expect(Math.min(...(await adjusted('#ffffff', { gamma })))).toBeGreaterThanOrEqual(254);
    const [middle = 0] = await adjusted('#808080', { gamma });
    expect(Math.abs(middle - 255 * (128 / 255) ** (1 / gamma))).toBeLessThan(3);
  }
});
