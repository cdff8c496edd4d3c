import { decode } from 'blurhash';
import sharp from 'sharp';
import { expect, test } from 'vitest';
import { picture } from '../../../test/pictures.ts';
import { parseChain } from '../chain.ts';
import { transform } from '../transform.ts';

async function answer(input: Buffer, chain: string) {
  const { bytes, contentType, width, height } = await transform(input, parseChain(chain), {});
  expect(contentType).toBe('application/json');
  return { ...JSON.parse(bytes.toString('utf8')), said: [width, height] };
}

test('info tells of the file and of the pixels at its place in the chain', async () => {
  const input = await picture(40, 30)
    .withMetadata({ orientation: 6, exif: { IFD0: { Artist: 'x' } } })
    .jpeg()
    .toBuffer();
  expect(await answer(input, 'info')).toMatchObject({
    file: { format: 'jpeg', bytes: input.length, width: 40, height: 30, orientation: 6, frames: 1, hasExif: true },
    width: 30,
    height: 40,
    opaque: true,
    dominant: expect.stringMatching(/^#[0-9a-f]{6}$/),
    said: [30, 40],
  });
  expect(await answer(input, 'rotate:90;resize:width=10;info')).toMatchObject({ width: 10 });
  const clear = await picture(40, 30, 4).png().toBuffer();
  expect(await answer(clear, 'info')).toMatchObject({ file: { format: 'png' }, opaque: false });
});

test('placeholder is a BlurHash that draws the picture blurred', async () => {
  const halves = await sharp({ create: { width: 80, height: 60, channels: 3, background: '#ff0000' } })
    .composite([{ input: { create: { width: 40, height: 60, channels: 3, background: '#0000ff' } }, left: 40, top: 0 }])
    .png()
    .toBuffer();
  const { blurhash, width } = await answer(halves, 'placeholder');
  expect(width).toBe(80);
  const drawn = decode(blurhash, 8, 6);
  const redness = (x: number) => (drawn[x * 4] as number) - (drawn[x * 4 + 2] as number);
  expect(redness(0)).toBeGreaterThan(60);
  expect(redness(7)).toBeLessThan(-60);
  expect((await answer(halves, 'placeholder:x=1,y=1')).blurhash.length).toBeLessThan(blurhash.length);
});

test('data ends a chain', () => {
  expect(() => parseChain('info;rotate:90')).toThrow(/info answers with data, so it must be the last step/);
  expect(() => parseChain('placeholder;info')).toThrow(/last step/);
  expect(parseChain('rotate:90;info')).toHaveLength(2);
});
