import { crc32, deflateSync } from 'node:zlib';
import sharp from 'sharp';
import { describe, expect, it } from 'vitest';
import { hugePng, picture } from '../../test/pictures.ts';
import { checkHeader } from './header.ts';
import { checkParts } from './shape.ts';

const limits = { maxBytes: 2 ** 25, maxPixels: 50_000_000 };

describe('odd shapes are refused before a decoder sees them', () => {
  it('a side that is too long', async () => {
    await expect(checkHeader(hugePng(1, 40_000_000), limits)).rejects.toMatchObject({ code: 'too-many-pixels' });
    await expect(checkHeader(hugePng(30_001, 2), limits)).rejects.toMatchObject({ members: { maxSide: 30_000 } });
  });

  it('a JPEG of 2,000 scans', async () => {
    const whole = await picture(64, 64).jpeg({ progressive: true }).toBuffer();
    const scan = whole.subarray(whole.lastIndexOf(Buffer.from([0xff, 0xda])), whole.length - 2);
    const bomb = Buffer.concat([
      whole.subarray(0, -2),
      ...Array.from({ length: 2_000 }, () => scan),
      Buffer.from([0xff, 0xd9]),
    ]);
    await expect(checkHeader(bomb, limits)).rejects.toMatchObject({ code: 'format-unsupported' });
    expect(await checkHeader(whole, limits)).toMatchObject({ width: 64, whole: true, bands: 3 });
  });

  it.each(['gif', 'webp'] as const)('an animated %s of 600 frames', async (format) => {
    const one = await picture(8, 8).png().toBuffer();
    const noisy = (n: number) =>
      sharp(one)
        .modulate({ brightness: 0.5 + n / 40 })
        .png()
        .toBuffer();
    const some = await Promise.all(Array.from({ length: 20 }, (_, n) => noisy(n)));
    const frames = Array.from({ length: 600 }, (_, n) => some[n % 20] as Buffer);
    const animated = await sharp(frames, { join: { animated: true } })
      [format]({ delay: 20 })
      .toBuffer();
    expect(() => checkParts(animated, format)).toThrow('more than the 500 frames');
    const short = await sharp(frames.slice(0, 20), { join: { animated: true } })
      [format]({ delay: 20 })
      .toBuffer();
    expect(await checkHeader(short, limits)).toMatchObject({ width: 8 });
  });

  it('a TIFF with a directory of 1,200 entries', async () => {
    const tiff = await picture(8, 8).tiff().toBuffer();
    const at = tiff.readUInt32LE(4);
    const entries = tiff.subarray(at + 2, at + 2 + 12 * tiff.readUInt16LE(at));
    // Private tags after its own, in order.
    const more = Array.from({ length: 1_200 }, (_, n) => {
      const entry = Buffer.alloc(12);
      entry.writeUInt16LE(40_000 + n, 0);
      entry.writeUInt16LE(3, 2);
      entry.writeUInt32LE(1, 4);
      return entry;
    });
    const withMore = (count: number): Buffer => {
      const head = Buffer.alloc(2);
      head.writeUInt16LE(entries.length / 12 + count);
      const whole = Buffer.concat([tiff, head, entries, ...more.slice(0, count), Buffer.alloc(4)]);
      whole.writeUInt32LE(tiff.length, 4);
      return whole;
    };
    expect(await checkHeader(withMore(300), limits)).toMatchObject({ width: 8 });
    await expect(checkHeader(withMore(1_200), limits)).rejects.toMatchObject({ code: 'format-unsupported' });
  });

  it('a PNG of 3,000 empty chunks', async () => {
    const png = await picture(8, 8).png().toBuffer();
    const empty = Buffer.from('000000007a7a5a7a00000000', 'hex');
    empty.writeUInt32BE(crc32(empty.subarray(4, 8)), 8);
    const withMore = (count: number) =>
      Buffer.concat([png.subarray(0, 33), ...Array(count).fill(empty), png.subarray(33)]);
    expect(await checkHeader(withMore(1_000), limits)).toMatchObject({ width: 8 });
    await expect(checkHeader(withMore(3_000), limits)).rejects.toMatchObject({ code: 'format-unsupported' });
    // What stands after the end is no chunk.
    expect(await checkHeader(Buffer.concat([png, Buffer.alloc(100_000)]), limits)).toMatchObject({ width: 8 });
  });

  it('an AVIF that names its tracks without end', async () => {
    const avif = await picture(8, 8).avif({ effort: 0 }).toBuffer();
    expect(() => checkParts(Buffer.concat([avif, Buffer.from('stsz'.repeat(2_000))]), 'avif')).toThrow('frames');
  });

  it('a TIFF whose directories go in a circle', async () => {
    const tiff = await picture(8, 8).tiff().toBuffer();
    expect(await checkHeader(tiff, limits)).toMatchObject({ width: 8 });
    const at = tiff.readUInt32LE(4);
    tiff.writeUInt32LE(at, at + 2 + 12 * tiff.readUInt16LE(at));
    expect(() => checkParts(tiff, 'tiff')).toThrow('directories');
  });

  it.each(['zTXt', 'iTXt'])('a PNG whose compressed texts (%s) inflate to gigabytes', async (name) => {
    const png = await picture(8, 8).png().toBuffer();
    const keyword = { zTXt: 'k\0\0', iTXt: 'k\0\x01\0\0\0' }[name] as string;
    const text = Buffer.concat([Buffer.from(keyword, 'latin1'), deflateSync(Buffer.alloc(10_000_000))]);
    const chunk = Buffer.alloc(12 + text.length);
    chunk.writeUInt32BE(text.length);
    chunk.write(name, 4, 'latin1');
    text.copy(chunk, 8);
    chunk.writeUInt32BE(crc32(chunk.subarray(4, -4)), 8 + text.length);
    const withTexts = (count: number) =>
      Buffer.concat([png.subarray(0, 33), ...Array.from({ length: count }, () => chunk), png.subarray(33)]);
    await expect(checkHeader(withTexts(100), limits)).rejects.toThrow('more than the 512 KiB of compressed text');
    expect(await checkHeader(withTexts(2), limits)).toMatchObject({ width: 8 });
  });
});
