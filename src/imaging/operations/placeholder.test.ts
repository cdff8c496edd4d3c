import { decode } from 'blurhash';
import sharp from 'sharp';
import { expect, test } from 'vitest';
import { parseChain } from '../chain.ts';
import { transform } from '../transform.ts';

async function answer(input: Buffer, chain: string) {
  const { bytes, contentType } = await transform(input, parseChain(chain), {});
  expect(contentType).toBe('application/json');
  return JSON.parse(bytes.toString('utf8'));
}

test('placeholder is a BlurHash that draws the picture blurred', async () => {
  const halves = await sharp({ create: { width: 80, height: 60, channels: 3, background: '#ff0000' } })
    .composite([{ input: { create: { width: 40, height: 60, channels: 3, background: '#0000ff' } }, left: 40, top: 0 }])
    .png()
    .toBuffer();
  const { blurhash } = await answer(halves, 'placeholder');
  const drawn = decode(blurhash, 8, 6);
  const redness = (x: number) => (drawn[x * 4] as number) - (drawn[x * 4 + 2] as number);
  expect(redness(0)).toBeGreaterThan(60);
  expect(redness(7)).toBeLessThan(-60);
  expect((await answer(halves, 'placeholder:x=1,y=1')).blurhash.length).toBeLessThan(blurhash.length);
});
