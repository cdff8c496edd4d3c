import { readFileSync } from 'node:fs';
import sharp from 'sharp';
import { describe, expect, test } from 'vitest';
import { difference, picture, pixelsOf } from '../../test/pictures.ts';
import { parseChain } from './chain.ts';
import { jpegQualityOf } from './jpeg-quality.ts';
import { transform } from './transform.ts';

/* Properties of operations: cases that once failed (test/cases), and random sizes and options from a seed. */

const SEED = Number(process.env.PROPERTY_SEED ?? 19);
const ROUNDS = Number(process.env.PROPERTY_ROUNDS ?? 40);

const file = (name: string): Buffer => readFileSync(new URL(`../../test/cases/${name}`, import.meta.url));
const png = (input: Buffer, chain: string) => transform(input, parseChain(chain), { format: 'png' });
const infoOf = async (input: Buffer) => JSON.parse((await transform(input, parseChain('info'), {})).bytes.toString());

/** Random integers from `low` to `high`, reproducible by the seed. */
function randomFrom(seed: number) {
  let state = seed >>> 0;
  return (low: number, high: number): number => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return low + Math.floor((state / 2 ** 32) * (high - low + 1));
  };
}

/** A picture of noise or of one colour, with 1 to 4 channels. */
function made(next: (low: number, high: number) => number, flat: boolean) {
  const [width, height, channels] = [next(1, 70), next(1, 70), next(1, 4) as 1 | 2 | 3 | 4];
  const colour = [next(0, 255), next(0, 255), next(0, 255), 255];
  const pixel = channels < 3 ? [colour[0], 255] : colour;
  const data = Buffer.alloc(width * height * channels);
  for (let at = 0; at < data.length; at++) data[at] = flat ? (pixel[at % channels] as number) : next(0, 255);
  return { width, height, channels, file: sharp(data, { raw: { width, height, channels } }).png().toBuffer() };
}

describe('cases', () => {
  test.each([0.9, 1.3, 1.7, 2.1, 3, 9, 11])('a flat picture stays flat under a blur of sigma %d', async (sigma) => {
    const { data } = await pixelsOf((await png(file('flat200.png'), `blur:${sigma}`)).bytes);
    expect([...new Set(data)]).toEqual([200]);
  });

  test('trim keeps lines of a single pixel, and pictures too small to trim', async () => {
    const sizeOf = async (name: string) => {
      const { width, height } = await png(file(name), 'trim');
      return [width, height];
    };
    expect(await sizeOf('trim-frame1px.png')).toEqual([40, 41]);
    expect(await sizeOf('trim-line.png')).toEqual([40, 20]);
    expect(await sizeOf('tiny-2x50.png')).toEqual([2, 50]);
  });

  test('a median takes a smaller window in a small picture', async () => {
    for (const name of ['tiny-2x50.png', 'tiny-8x300.png']) {
      const before = await sharp(file(name)).metadata();
      expect(await png(file(name), 'denoise:median,size=9')).toMatchObject({
        width: before.width,
        height: before.height,
      });
    }
  });

  test('brightness 0 is black', async () => {
    const { data } = await pixelsOf((await png(file('blue.png'), 'adjust:brightness=0')).bytes);
    expect([...new Set(data)]).toEqual([0]);
  });

  test('info counts what is to be seen, and rounds no colour', async () => {
    expect((await infoOf(file('hidden-red.png'))).dominant).toBe('#0000ff');
    const white = await sharp({ create: { width: 9, height: 9, channels: 3, background: '#ffffff' } })
      .png()
      .toBuffer();
    expect((await infoOf(white)).dominant).toBe('#ffffff');
  });

  test('what an encoder cannot hold is 413, with both figures', async () => {
    for (const [format, most] of [
      ['jpeg', 65_500],
      ['webp', 16_383],
      ['avif', 16_384],
    ] as const) {
      const answer = transform(file('wide-65535x10.png'), [], { format });
      await expect(answer).rejects.toMatchObject({ code: 'too-many-pixels', status: 413 });
      await expect(answer).rejects.toThrow(new RegExp(`65535 × 10 .*${most}`));
    }
    // A result that might be too long is made first and then measured.
    const cropped = parseChain('rotate:90;pad:top=16380;crop:height=100,top=0');
    expect(await transform(file('dot21.png'), cropped, { format: 'webp' })).toMatchObject({
      contentType: 'image/webp',
    });
  });
});

test.each([1, 2, 3, 4] as const)(
  '16 bits are kept, alpha too, where pixels are only moved: %i channels',
  async (channels) => {
    const space = channels < 3 ? 'grey16' : 'rgb16';
    const samples = Uint16Array.from({ length: 8 * 6 * channels }, (_, n) => (n * 7_919 + 13) % 65_536);
    const input = await sharp(samples, { raw: { width: 8, height: 6, channels } })
      .toColourspace(space)
      .png()
      .toBuffer();
    const deep = (bytes: Buffer) => sharp(bytes).toColourspace(space).raw({ depth: 'ushort' }).toBuffer();
    for (const [there, back] of [
      ['flip', 'flip'],
      ['rotate:90', 'rotate:270'],
      ['convert:png', 'crop:width=8,height=6'],
    ] as const) {
      const turned = await png(input, there);
      expect((await deep((await png(turned.bytes, back)).bytes)).equals(await deep(input)), there).toBe(true);
    }
    // Steps that compute new pixels still return 8 bits.
    expect(await sharp((await png(input, 'blur:2')).bytes).metadata()).toMatchObject({ depth: 'uchar' });
  },
);

describe('a JPEG keeps its quality', () => {
  test.each([30, 60, 85, 95, 100])('quality %i', async (quality) => {
    for (const chromaSubsampling of ['4:2:0', '4:4:4'] as const) {
      const input = await picture(64, 48).jpeg({ quality, chromaSubsampling }).toBuffer();
      expect(jpegQualityOf(input)).toEqual({ quality, chromaSubsampling });
      for (const chain of ['rotate:180', 'flip', 'crop:width=32,height=32', 'convert:jpeg']) {
        const { bytes } = await transform(input, parseChain(chain), {});
        expect(jpegQualityOf(bytes), chain).toEqual({ quality, chromaSubsampling });
      }
    }
  });

  test('unless one is asked for, or new pixels are made', async () => {
    const input = await picture(64, 48).jpeg({ quality: 95 }).toBuffer();
    const qualityAfter = async (chain: string, quality?: number) =>
      jpegQualityOf((await transform(input, parseChain(chain), { quality })).bytes)?.quality;
    expect(await qualityAfter('flip', 40)).toBe(40);
    expect(await qualityAfter('resize:width=20')).toBe(85);
  });
});

describe(`properties, seed ${SEED}`, () => {
  test('flat pictures stay flat', async () => {
    const next = randomFrom(SEED);
    for (let round = 0; round < ROUNDS; round++) {
      const { file: input, width, height, channels } = made(next, true);
      const chain = [
        `blur:${next(6, 400) / 10}`,
        `sharpen:sigma=${next(3, 100) / 10},amount=${next(0, 10)}`,
        `denoise:median,size=${next(3, 9)}`,
        'denoise:bilateral',
        'denoise:nlm',
        `pixelate:${next(2, 40)}`,
        `resize:width=${next(1, 70)}`,
        'trim',
      ][round % 8] as string;
      const before = (await pixelsOf(await input)).data;
      const after = await pixelsOf((await png(await input, chain)).bytes);
      const said = `${chain} of ${width} × ${height} × ${channels}, round ${round}`;
      for (let at = 0; at < after.data.length; at++) {
        const wanted = before[at % after.channels] as number;
        if (Math.abs((after.data[at] as number) - wanted) > 0) expect(after.data[at], said).toBe(wanted);
      }
    }
  });

  test('settings that say nothing change nothing', async () => {
    const next = randomFrom(SEED + 1);
    for (let round = 0; round < ROUNDS; round++) {
      const { file: input, width, height } = made(next, false);
      const chain = [
        'rotate:0',
        'adjust:1',
        'pad:0',
        `crop:width=${width},height=${height}`,
        `resize:width=${width},height=${height}`,
        'flip;flip',
        'rotate:90;rotate:270',
        'denoise:nlm,strength=0',
      ][round % 8] as string;
      const before = await pixelsOf(await input);
      const after = await pixelsOf((await png(await input, chain)).bytes);
      expect(difference(after.data, before.data), `${chain} of ${width} × ${height}, round ${round}`).toBe(0);
    }
  });

  test('exact operations give the same in either order, and whatever ran before', async () => {
    const next = randomFrom(SEED + 2);
    for (let round = 0; round < ROUNDS / 2; round++) {
      const { file: input } = made(next, false);
      const pixels = async (chain: string) => (await pixelsOf((await png(await input, chain)).bytes)).data;
      const first = await pixels('flip;rotate:180');
      expect((await pixels('rotate:180;flip')).equals(first)).toBe(true);
      await pixels(`blur:${next(6, 90) / 10};resize:width=9;grayscale`);
      expect((await pixels('flip;rotate:180')).equals(first)).toBe(true);
    }
  });
});
