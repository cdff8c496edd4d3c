import { deflateSync } from 'node:zlib';
import sharp from 'sharp';
import { beforeAll, expect, test } from 'vitest';
import * as z from 'zod';
import { parseChain, transform } from '#imaging';
import { parseRequest } from '#intake';
import { eventOf } from './events.ts';
import { hugePng, picture } from './pictures.ts';

/*
 * Broken pictures of every format, taken in and transformed as a function does it: each ends in a picture or in a
 * problem that blames the picture; none crashes, hangs or is our own fault.
 */
const FORMATS = ['jpeg', 'png', 'webp', 'gif', 'avif', 'tiff'] as const;
const CHAIN = parseChain('rotate:90;resize:width=12');
const BLAMES = ['picture-damaged', 'not-a-picture', 'format-unsupported', 'too-many-pixels', 'source-missing'];

async function outcome(bytes: Buffer): Promise<string> {
  try {
    const { picture: came } = await parseRequest(eventOf({ body: bytes }), z.object({}));
    const { width } = await transform((came as { bytes: Buffer }).bytes, CHAIN, { format: 'png' });
    return width === 12 ? 'picture' : `a picture ${width} wide`;
  } catch (error) {
    const { code, message } = error as { code?: string; message: string };
    return code && BLAMES.includes(code) ? code : `${code ?? 'internal'}: ${message}`;
  }
}

const fine = (result: string): boolean => result === 'picture' || BLAMES.includes(result);

const whole: Record<string, Buffer> = {};
beforeAll(async () => {
  for (const format of FORMATS) whole[format] = await picture(40, 30).toFormat(format).toBuffer();
  whole.progressive = await picture(40, 30).jpeg({ progressive: true }).toBuffer();
  whole.cmyk = await picture(40, 30).toColourspace('cmyk').jpeg().toBuffer();
  whole.deep = await picture(40, 30)
    .toColourspace('rgb16')
    .png({ bitdepth: 16 } as object)
    .toBuffer();
  whole.palette = await picture(40, 30).png({ palette: true }).toBuffer();
});

test.each(FORMATS)('%s cut off at every twentieth', async (format) => {
  const bytes = whole[format] as Buffer;
  const results = [];
  for (let part = 0; part < 20; part++)
    results.push(await outcome(bytes.subarray(0, Math.floor((bytes.length * part) / 20))));
  expect(results.filter((result) => !fine(result))).toEqual([]);
  // What lacks its beginning is never a picture.
  expect(results[0]).toBe('source-missing');
  expect(results[1]).not.toBe('picture');
});

test.each(['jpeg', 'png', 'webp', 'gif', 'avif', 'tiff', 'progressive', 'cmyk', 'deep', 'palette'])(
  '%s with bytes changed',
  async (name) => {
    let seed = 7;
    const random = (below: number): number => {
      seed = (seed * 1_103_515_245 + 12_345) % 2_147_483_648;
      return Math.floor((seed / 2_147_483_648) * below);
    };
    const original = whole[name] as Buffer;
    expect(await outcome(original)).toBe('picture');
    const wrong = [];
    // Turning CMYK into RGB takes ten times as long as reading any other.
    for (let times = 0; times < (name === 'cmyk' ? 60 : 200); times++) {
      const bytes = Buffer.from(original);
      // Headers matter most: half of the changes fall into the first 200 bytes.
      for (let flips = 0; flips <= times % 6; flips++) {
        bytes.writeUInt8(random(256), random(flips % 2 ? bytes.length : Math.min(200, bytes.length)));
      }
      const result = await outcome(bytes);
      if (!fine(result)) wrong.push(`${times}: ${result}`);
    }
    expect(wrong).toEqual([]);
  },
);

test('sizes that lie, bombs and strangers', async () => {
  const svg = '<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"/>';
  const cases: [string, Buffer, string][] = [
    ['more pixels than allowed', hugePng(65_000, 65_000), 'too-many-pixels'],
    ['a side of nothing', hugePng(0, 5), 'picture-damaged'],
    ['a header and no pixels', hugePng(50, 50), 'picture-damaged'],
    ['a bomb: small file, many pixels', bomb(20_000, 20_000), 'too-many-pixels'],
    ['a bomb of the size allowed, cut short', bomb(7_000, 7_000).subarray(0, 3_000), 'picture-damaged'],
    ['SVG behind a comment', Buffer.from(`<!-- --> ${svg}`), 'not-a-picture'],
    ['HTML that begins like a GIF', Buffer.from('GIF89a<script>alert(1)</script>'.padEnd(60)), 'picture-damaged'],
    ['JPEG start and nothing else', Buffer.from('ffd8ffe000104a46494600010100', 'hex'), 'picture-damaged'],
    ['only the first bytes of WebP', Buffer.from('RIFF\x04\0\0\0WEBP', 'latin1'), 'picture-damaged'],
    ['zeros', Buffer.alloc(5_000), 'not-a-picture'],
    ['HEIC', Buffer.from('\0\0\0\x18ftypheic\0\0\0\0mif1heic', 'latin1'), 'format-unsupported'],
  ];
  for (const [name, bytes, wanted] of cases) expect(await outcome(bytes), name).toBe(wanted);
});

test('a picture with something behind it, an animation and a large profile are pictures', async () => {
  const frames = [await picture(20, 10).png().toBuffer(), await picture(20, 10).negate().png().toBuffer()];
  const good = [
    Buffer.concat([whole.png as Buffer, Buffer.from('PK\x03\x04 a polyglot')]),
    Buffer.concat([whole.jpeg as Buffer, Buffer.from('<html>')]),
    await sharp(frames, { join: { animated: true } })
      .webp()
      .toBuffer(),
    await picture(20, 10)
      .withIccProfile('p3')
      .withMetadata({ exif: { IFD0: { ImageDescription: 'x'.repeat(50_000) } } })
      .jpeg()
      .toBuffer(),
    await picture(1, 1).png().toBuffer(),
    await picture(2_000, 1).png().toBuffer(),
  ];
  for (const bytes of good) expect(await outcome(bytes)).toBe('picture');
});

test('a megabyte of colour profile that is none spoils nothing', async () => {
  const segments = Array.from({ length: 16 }, (_, n) => {
    const head = Buffer.from('ffe2ffff4943435f50524f46494c4500', 'hex');
    head.writeUInt16BE(65_535, 2);
    return Buffer.concat([head, Buffer.from([n + 1, 16]), Buffer.alloc(65_535 + 2 - head.length - 2, n)]);
  });
  const [start, rest] = [whole.jpeg?.subarray(0, 2) as Buffer, whole.jpeg?.subarray(2) as Buffer];
  expect(await outcome(Buffer.concat([start, ...segments, rest]))).toBe('picture');
});

test('broken pictures leave nothing behind in memory', { timeout: 240_000 }, async () => {
  const spoilt = (n: number): Buffer => {
    const bytes = Buffer.from(whole[FORMATS[n % 6] as string] as Buffer);
    bytes.writeUInt8(n % 256, (n * 31) % bytes.length);
    return bytes.subarray(0, bytes.length - (n % 20));
  };
  const round = async () => {
    for (let n = 0; n < 300; n++) await outcome(spoilt(n));
    return process.memoryUsage().rss / 2 ** 20;
  };
  await round();
  const before = await round();
  await round();
  expect((await round()) - before).toBeLessThan(40);
});

/** A PNG of one colour: a few kilobytes that decode to a gigabyte. */
function bomb(width: number, height: number): Buffer {
  const header = hugePng(width, height).subarray(0, 33);
  const data = deflateSync(Buffer.alloc(1_000_000));
  const chunk = Buffer.alloc(data.length + 12);
  chunk.writeUInt32BE(data.length, 0);
  chunk.write('IDAT', 4);
  data.copy(chunk, 8);
  return Buffer.concat([header, chunk]);
}
