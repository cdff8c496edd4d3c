import sharp from 'sharp';
import { expect, test } from 'vitest';
import { parseOptions } from '#contract/options';
import { picture } from '../../../test/pictures.ts';
import { transformOne } from '../transform-in-child.ts';
import { trim } from './trim.ts';

const framed = (background: string) =>
  picture(30, 20).extend({ top: 5, bottom: 7, left: 3, right: 9, background }).png().toBuffer();
const sizeOf = async (bytes: Buffer, raw: Record<string, unknown>) => {
  const { width, height } = await transformOne(bytes, 'trim', parseOptions(trim.options, raw));
  return [width, height];
};

test('a border goes, of the corner’s colour or of the one named', async () => {
  expect(await sizeOf(await framed('#ff00ff'), {})).toEqual([30, 20]);
  expect(await sizeOf(await framed('#ff00ff'), { background: '#ff00ff', threshold: 5 })).toEqual([30, 20]);
  expect(await sizeOf(await framed('#ff00ff'), { background: '#00ff00' })).toEqual([42, 32]);
});

test('a picture of one colour stays whole', async () => {
  const plain = await sharp({ create: { width: 12, height: 9, channels: 3, background: '#abc' } })
    .png()
    .toBuffer();
  expect(await sizeOf(plain, {})).toEqual([12, 9]);
});
