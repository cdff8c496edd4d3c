import { expect, test } from 'vitest';
import { askOnce } from '../../test/function.ts';
import { picture, pixelsOf } from '../../test/pictures.ts';

test('makes a picture fit a box, and keeps its shape', async () => {
  const { status, type, bytes } = await askOnce(
    'resize-fn',
    'width=10&height=10&fit=inside&format=webp',
    await picture(30, 20).jpeg().toBuffer(),
  );
  expect([status, type]).toEqual([200, 'image/webp']);
  expect(await pixelsOf(bytes)).toMatchObject({ width: 10, height: 7 });
});
