import sharp from 'sharp';
import { expect, test } from 'vitest';
import { parseOptions } from '#platform/options';
import { picture, pixelsOf, step } from '../../../test/pictures.ts';
import { transformOne } from '../transform.ts';
import { resize } from './resize.ts';

const sized = async (raw: Record<string, unknown>, width = 80, height = 40) => {
  const result = await transformOne(
    await picture(width, height).png().toBuffer(),
    'resize',
    parseOptions(resize.options, raw),
  );
  return { ...result, size: [result.width, result.height] };
};

test.each([
  [{ width: 40 }, [40, 20]],
  [{ height: '10' }, [20, 10]],
  [{ width: 30, height: 30 }, [30, 30]],
  [{ width: 30, height: 30, fit: 'contain' }, [30, 30]],
  [{ width: 30, height: 30, fit: 'inside' }, [30, 15]],
  [{ width: 30, height: 30, fit: 'outside' }, [60, 30]],
  [{ width: 30, height: 30, fit: 'fill' }, [30, 30]],
  [{ width: 160 }, [160, 80]],
  [{ width: 160, enlarge: 'false' }, [80, 40]],
])('%j gives %j', async (raw, size) => {
  expect((await sized(raw)).size).toEqual(size);
});

test('never larger than its bound', async () => {
  for (const fit of ['cover', 'contain', 'inside', 'outside', 'fill']) {
    for (const box of [{ width: 33 }, { height: 97 }, { width: 33, height: 97 }, { width: 97, height: 33 }]) {
      const bound = resize.bound({ width: 81, height: 43 }, parseOptions(resize.options, { ...box, fit }));
      const [width, height] = (await sized({ ...box, fit }, 81, 43)).size;
      expect(width, `${fit} ${JSON.stringify(box)}`).toBeLessThanOrEqual(bound.width);
      expect(height, `${fit} ${JSON.stringify(box)}`).toBeLessThanOrEqual(bound.height);
    }
  }
});

test('contain pads with the background asked for', async () => {
  const { bytes } = await sized({ width: 30, height: 30, fit: 'contain', background: '00ff00' });
  expect((await pixelsOf(bytes)).data.subarray(0, 3)).toEqual(Buffer.from([0, 255, 0]));
  const clear = await pixelsOf((await sized({ width: 30, height: 30, fit: 'contain' })).bytes);
  expect(clear.data[3]).toBe(0);
});

test('position says what cover keeps', async () => {
  const shades = await sharp(Buffer.from([10, 20, 30, 40, 50, 60]), { raw: { width: 6, height: 1, channels: 1 } })
    .resize(60, 10, { kernel: 'nearest', fit: 'fill' })
    .png()
    .toBuffer();
  const kept = async (position: string) => {
    const options = parseOptions(resize.options, { width: 10, height: 10, position });
    return (await pixelsOf((await transformOne(shades, 'resize', options)).bytes)).data[0];
  };
  expect([await kept('west'), await kept('east'), await kept('northeast')]).toEqual([10, 60, 60]);
  expect([30, 40]).toContain(await kept('centre'));
});

test('attention and entropy find where something is', async () => {
  const thing = await sharp({ create: { width: 30, height: 30, channels: 3, background: '#d04020' } })
    .composite([{ input: await step(12, 0, 255).png().toBuffer(), left: 9, top: 9 }])
    .png()
    .toBuffer();
  const seenOfIt = async (position: string, left: number) => {
    const input = await sharp({ create: { width: 120, height: 30, channels: 3, background: '#808080' } })
      .composite([{ input: thing, left, top: 0 }])
      .png()
      .toBuffer();
    const options = parseOptions(resize.options, { width: 30, height: 30, position });
    const { data, channels } = await pixelsOf((await transformOne(input, 'resize', options)).bytes);
    const red = Array.from({ length: 900 }, (_, n) => data[n * channels] === 0xd0);
    return red.filter(Boolean).length / (900 - 144);
  };
  for (const left of [0, 90]) {
    expect(await seenOfIt('centre', left)).toBe(0);
    expect(await seenOfIt('attention', left)).toBeGreaterThan(0.8);
    expect(await seenOfIt('entropy', left)).toBeGreaterThan(0.5);
  }
});

test('transparent pixels keep their colour from bleeding into the edge', async () => {
  const input = await picture(64, 64, 4).png().toBuffer();
  const { bytes } = await transformOne(input, 'resize', parseOptions(resize.options, { width: 16 }));
  expect((await pixelsOf(bytes)).channels).toBe(4);
});

test('a side or a box is needed, in whole pixels', () => {
  const refused = (raw: Record<string, unknown>) => () => parseOptions(resize.options, raw);
  expect(refused({})).toThrow('Resize needs "width" or "height" (or both).');
  expect(refused({ width: '0' })).toThrow(/"width" is "0"; it must be a whole number from 1 to 16384 px/);
  expect(refused({ width: '10.5' })).toThrow(/whole number/);
  expect(refused({ width: ['10', '20'] })).toThrow(/width/);
  expect(refused({ width: 10, fit: 'squash' })).toThrow(/one of cover, contain, inside, outside, fill/);
  expect(refused({ width: 10, enlarge: 'maybe' })).toThrow(/true or false/);
});

test('a result too large is refused before any pixel work', async () => {
  await expect(sized({ width: 16_000, height: 16_000 })).rejects.toMatchObject({
    code: 'too-many-pixels',
    status: 413,
  });
});
