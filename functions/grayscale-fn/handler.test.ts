import sharp from 'sharp';
import { expect, test } from 'vitest';
import { askOnce } from '../../test/function.ts';
import { picture } from '../../test/pictures.ts';

test('leaves nothing but luminance', async () => {
  const { status, bytes } = await askOnce('grayscale-fn', '', await picture(30, 20).png().toBuffer());
  expect(status).toBe(200);
  const pixels = await sharp(bytes).toColourspace('srgb').removeAlpha().raw().toBuffer();
  for (let at = 0; at < pixels.length; at += 3) {
    expect([pixels[at + 1], pixels[at + 2]]).toEqual([pixels[at], pixels[at]]);
  }
});
