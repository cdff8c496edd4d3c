import { expect, test } from 'vitest';
import { parseOptions } from '#contract/options';
import { gradient, picture, pixelsOf } from '../../../test/pictures.ts';
import { parseChain } from '../chain.ts';
import { transform, transformOne } from '../transform-in-child.ts';
import { crop } from './crop.ts';

const cropped = async (raw: Record<string, unknown>) =>
  pixelsOf((await transformOne(await picture(40, 20).png().toBuffer(), 'crop', parseOptions(crop.options, raw))).bytes);

/** The red channel encodes the column, the green channel the row. */
const at = (x: number, y: number) => [...gradient(40, 20).subarray((y * 40 + x) * 3, (y * 40 + x) * 3 + 3)];

test.each([
  [{ width: 10, height: 8, left: 3, top: 5 }, [10, 8], [3, 5]],
  [{ width: 10, height: 8 }, [10, 8], [15, 6]],
  [{ left: 30 }, [10, 20], [30, 0]],
  [{ top: 19, height: 1 }, [40, 1], [0, 19]],
  [{}, [40, 20], [0, 0]],
])('%j', async (raw, [width, height], [x, y]) => {
  const result = await cropped(raw);
  expect([result.width, result.height]).toEqual([width, height]);
  expect([...result.data.subarray(0, 3)]).toEqual(at(x as number, y as number));
});

test('outside the picture is refused, by the size it has at that point', async () => {
  await expect(cropped({ width: 41 })).rejects.toMatchObject({ code: 'option-invalid', members: { option: 'width' } });
  await expect(cropped({ left: 40 })).rejects.toThrow(/whose width is 40 px/);
  const input = await picture(40, 20).png().toBuffer();
  await expect(transform(input, parseChain('rotate:90;crop:width=30'), {})).rejects.toThrow(/whose width is 20 px/);
  expect((await transform(input, parseChain('rotate:90;crop:height=30'), {})).height).toBe(30);
});
