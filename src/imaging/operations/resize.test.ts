import { readFileSync } from 'node:fs';
import sharp from 'sharp';
import { describe, expect, test } from 'vitest';
import { parseOptions } from '#contract/options';
import { picture, pixelsOf, step } from '../../../test/pictures.ts';
import { parseChain } from '../chain.ts';
import { transform, transformOne } from '../transform-in-child.ts';
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
      const maxOutputSize = resize.maxOutputSize(
        { width: 81, height: 43 },
        parseOptions(resize.options, { ...box, fit }),
      );
      const [width, height] = (await sized({ ...box, fit }, 81, 43)).size;
      expect(width, `${fit} ${JSON.stringify(box)}`).toBeLessThanOrEqual(maxOutputSize.width);
      expect(height, `${fit} ${JSON.stringify(box)}`).toBeLessThanOrEqual(maxOutputSize.height);
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

const EDGES = [
  ['northwest', 'focusX=0,focusY=0'],
  ['southeast', 'focusX=1,focusY=1'],
] as const;

describe('a focal point', () => {
  /** Each pixel has its own place as its colour, in steps of 4: red across, green down. */
  const places = (width: number, height: number) => {
    const data = Buffer.from(
      Array.from({ length: width * height }, (_, n) => [(n % width) * 4, Math.floor(n / width) * 4, 0]).flat(),
    );
    return sharp(data, { raw: { width, height, channels: 3 } }).png();
  };
  /** The first and the last place that are kept. */
  const kept = async (input: Buffer, chain: string) => {
    const { bytes } = await transform(input, parseChain(chain), { format: 'png' });
    const { data, width, height, channels } = await pixelsOf(bytes);
    const at = (n: number) => [(data[n * channels] ?? 0) / 4, (data[n * channels + 1] ?? 0) / 4];
    return { size: [width, height], from: at(0), to: at(width * height - 1) };
  };

  test.each([
    ['focusX=0.5', 20],
    ['focusY=0.1', 20],
    ['focusX=0.25', 5],
    ['focusX=0', 0],
    ['focusX=0.01,focusY=1', 0],
    ['focusX=0.9,focusY=0.5', 40],
    ['focusX=1', 40],
  ])('%s of 60 × 20 keeps 20 × 20 from %d', async (focus, left) => {
    const input = await places(60, 20).toBuffer();
    const cut = { size: [20, 20], from: [left, 0], to: [left + 19, 19] };
    expect(await kept(input, `resize:width=20,height=20,${focus}`)).toEqual(cut);
    // The picture is not that of the file after another step, and no file any more.
    expect(await kept(input, `flip:both;flip:both;resize:width=20,height=20,${focus}`)).toEqual(cut);
    expect(await kept(input, `crop:width=60,height=20;resize:width=20,height=20,${focus}`)).toEqual(cut);
  });

  test('counts on the upright picture, and downwards too', async () => {
    const input = await places(20, 60).withMetadata({ orientation: 6 }).toBuffer();
    // Upright, the picture is 60 × 20: its left is the bottom of the file.
    const { size, from } = await kept(input, 'resize:width=20,height=20,focusX=0');
    expect([size, from]).toEqual([
      [20, 20],
      [0, 59],
    ]);
    const tall = await places(20, 60).toBuffer();
    expect((await kept(tall, 'resize:width=20,height=20,focusY=0.75')).from).toEqual([0, 35]);
  });

  test('keeps what the position at an edge keeps, whatever the shape, the scale and the format', async () => {
    const smooth = await places(60, 40).toBuffer();
    const photo = await sharp(smooth).resize(715, 55, { fit: 'fill' }).jpeg({ quality: 95 }).toBuffer();
    for (const input of [smooth, photo]) {
      for (const box of ['width=15,height=33', 'width=161,height=15', 'width=90,height=300', 'width=7,height=50']) {
        for (const [position, focus] of EDGES) {
          const [one, other] = await Promise.all(
            [`position=${position}`, focus].map(async (way) => {
              const chain = parseChain(`resize:${box},${way}`);
              return pixelsOf((await transform(input, chain, { format: 'png' })).bytes);
            }),
          );
          expect([one?.width, one?.height], box).toEqual([other?.width, other?.height]);
          const differs = [...(one?.data ?? [])].map((level, n) => Math.abs(level - (other?.data[n] ?? 0)));
          // Up to a pixel of the picture, which sharp's rounding moves.
          expect(Math.max(...differs), `${box} ${position}`).toBeLessThanOrEqual(8);
        }
      }
    }
  });

  test('changes nothing where nothing is cut, and enlarges no picture that may not grow', async () => {
    const input = await places(60, 20).toBuffer();
    const plain = await kept(input, 'resize:width=30');
    expect(await kept(input, 'resize:width=30,focusX=0.9')).toEqual(plain);
    const small = await kept(input, 'resize:width=30,height=90,enlarge=false,focusX=1');
    expect(small).toEqual({ size: [30, 20], from: [30, 0], to: [59, 19] });
  });

  test('contradicts what crops nothing, and another place', () => {
    const refused = (raw: Record<string, unknown>) => () =>
      parseOptions(resize.options, { width: 9, height: 9, ...raw });
    for (const fit of ['contain', 'inside', 'outside', 'fill'])
      expect(refused({ fit, focusY: 0.5 })).toThrow('A focal point ("focusX", "focusY") needs "fit" to be cover');
    for (const position of ['north', 'attention', 'entropy'])
      expect(refused({ position, focusX: 0 })).toThrow('takes the place of "position": leave one of them out.');
    expect(refused({ focusX: '1.01' })).toThrow('"focusX" is "1.01"; it must be a number from 0 to 1');
    expect(refused({ focusY: '-0.1' })).toThrow('"focusY" is "-0.1"; it must be a number from 0 to 1');
    expect(refused({ focusX: 'left' })).toThrow(/a number from 0 to 1/);
  });
});

const FITS = ['inside', 'outside', 'fill', 'cover', 'contain'] as const;
const file = (name: string): Buffer => readFileSync(new URL(`../../../test/cases/${name}`, import.meta.url));

test.each([42, 63, 97, 210])('the middle stays the middle at %d px', async (width) => {
  const { bytes } = await transformOne(file('dot21.png'), 'resize', parseOptions(resize.options, { width }));
  const { data, channels } = await pixelsOf(bytes);
  const ground = data[0] as number;
  const sums = [0, 0, 0];
  for (let at = 0; at < width * width; at++) {
    const level = Math.abs((data[at * channels] as number) - ground);
    [level, level * ((at % width) + 0.5), level * (Math.floor(at / width) + 0.5)].forEach((part, n) => {
      sums[n] = (sums[n] as number) + part;
    });
  }
  const [whole, across, down] = sums as [number, number, number];
  expect(across / whole).toBeCloseTo(width / 2, 2);
  expect(down / whole).toBeCloseTo(width / 2, 2);
});

test('what is enlarged is the same from either side, and as large as sharp makes it', async () => {
  const sizes = [1, 2, 3, 7, 17, 20];
  for (let round = 0; round < 40; round++) {
    const [width, height] = [sizes[round % 6] as number, sizes[(round * 5 + 1) % 5] as number];
    const channels = [1, 3][round % 2] as 1 | 3;
    const noise = Buffer.from(
      Array.from({ length: width * height * channels }, (_, n) => (n * n * 7919 + round) % 256),
    );
    const input = await sharp(noise, { raw: { width, height, channels } }).png().toBuffer();
    const fit = FITS[round % 5] as (typeof FITS)[number];
    const box = {
      width: width + ((round * 13) % 50),
      ...(round % 3 > 0 && { height: height + 1 + ((round * 7) % 40) }),
    };
    const asked = Object.entries({ fit, ...box }).map((pair) => pair.join('='));
    const said = `${asked} of ${width} × ${height} × ${channels}`;
    const after = async (chain: string) =>
      pixelsOf((await transform(input, parseChain(chain), { format: 'png' })).bytes);
    const straight = await after(`resize:${asked}`);
    const sized = await sharp(input)
      .resize({ ...box, fit })
      .toBuffer({ resolveWithObject: true });
    expect([straight.width, straight.height], said).toEqual([sized.info.width, sized.info.height]);
    // Cropping or padding by an odd number of pixels has no exact middle.
    if (fit === 'cover' || fit === 'contain') continue;
    const mirrored = await after(`flip:both;resize:${asked};flip:both`);
    expect(mirrored.data.equals(straight.data), said).toBe(true);
  }
});

test('one side may grow while the other shrinks, and hidden colours do not bleed', async () => {
  const narrow = await sized({ width: 20, height: 90, fit: 'fill' });
  expect(narrow.size).toEqual([20, 90]);
  const hidden = Buffer.from([0, 255, 0, 0, 255, 0, 0, 255]);
  const input = await sharp(hidden, { raw: { width: 2, height: 1, channels: 4 } })
    .png()
    .toBuffer();
  const { data } = await pixelsOf(
    (await transformOne(input, 'resize', parseOptions(resize.options, { width: 8 }))).bytes,
  );
  for (let at = 0; at < data.length; at += 4)
    if (data[at + 3]) expect([...data.subarray(at, at + 3)]).toEqual([255, 0, 0]);
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
