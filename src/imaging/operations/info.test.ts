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

test('data ends a chain', () => {
  expect(() => parseChain('info;rotate:90')).toThrow(/info answers with data, so it must be the last step/);
  expect(() => parseChain('placeholder;info')).toThrow(/last step/);
  expect(parseChain('rotate:90;info')).toHaveLength(2);
});
