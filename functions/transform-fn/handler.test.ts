import { expect, test } from 'vitest';
import { askOnce } from '../../test/function.ts';
import { picture, pixelsOf } from '../../test/pictures.ts';

test('does a chain in the order given', async () => {
  const chain = encodeURIComponent('resize:width=15;rotate:90');
  const { status, bytes } = await askOnce('transform-fn', `chain=${chain}`, await picture(30, 20).png().toBuffer());
  expect(status).toBe(200);
  expect(await pixelsOf(bytes)).toMatchObject({ width: 10, height: 15 });
});
