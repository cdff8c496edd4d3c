import sharp from 'sharp';
import { expect, test } from 'vitest';
import { openPicture } from './open-picture.ts';

test('nothing of a picture is held once it is decoded', async () => {
  for (let size = 40; size < 50; size++) {
    const picture = await sharp({ create: { width: size, height: size, channels: 3, background: '#48a' } })
      .jpeg({ progressive: true })
      .toBuffer();
    await openPicture(picture, { maxPixels: false }).resize(20).raw().toBuffer();
  }
  expect(sharp.cache().items.current).toBe(0);
});
