import { expect, test } from 'vitest';
import { parseOptions } from '#contract/options';
import { gradient, picture, pixelsOf } from '../../../test/pictures.ts';
import { transformOne } from '../transform-in-child.ts';
import { flip } from './flip.ts';

const flipped = async (raw: Record<string, unknown>, bytes?: Buffer) =>
  (await transformOne(bytes ?? (await picture(9, 5).png().toBuffer()), 'flip', parseOptions(flip.options, raw))).bytes;
const corner = (x: number, y: number) => gradient(9, 5).subarray((y * 9 + x) * 3, (y * 9 + x) * 3 + 3);

test.each([
  [{}, [8, 0]],
  [{ direction: 'vertical' }, [0, 4]],
  [{ direction: 'both' }, [8, 4]],
])('%j brings the right corner to the top left', async (raw, [x, y]) => {
  const { data } = await pixelsOf(await flipped(raw));
  expect(data.subarray(0, 3)).toEqual(corner(x as number, y as number));
});

test('twice is nothing', async () => {
  const input = await picture(9, 5, 4).png().toBuffer();
  for (const direction of ['horizontal', 'vertical', 'both']) {
    const twice = await flipped({ direction }, await flipped({ direction }, input));
    expect((await pixelsOf(twice)).data.equals((await pixelsOf(input)).data)).toBe(true);
  }
});
