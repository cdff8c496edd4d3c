import { readFileSync } from 'node:fs';
import sharp from 'sharp';
import { expect, test } from 'vitest';
import { checkHeader } from '../header.ts';
import { limitsFromEnv } from '../limits.ts';
import { refusal } from '../sniff.ts';

const file = (name: string): Buffer => readFileSync(new URL(`../../../test/cases/${name}`, import.meta.url));

test.each([
  ['t-zstd.tif', /a TIFF with Zstandard compression/],
  ['t-lab.tif', /a TIFF in CIELab/],
  ['t-5ch.tif', /a TIFF with 5 channels/],
  ['t-f32-gray.tif', /floating-point/],
  ['t-u32.tif', /a TIFF of 32 bits/],
  ['t-dnglike.dng', /a camera raw file/],
  ['j-12bit.jpg', /a JPEG of 12 bits/],
  ['aseq.avif', /an AVIF sequence/],
])('%s is refused by name', async (name, words) => {
  const refused = checkHeader(file(name), limitsFromEnv());
  await expect(refused).rejects.toMatchObject({ code: 'format-unsupported', status: 415 });
  await expect(refused).rejects.toThrow(words);
});

test.each(['gray8.jpg', 'la8.png', 'g1.png', 't-miniswhite8.tif', 'ap3.avif', 'cicp-p3.png', 'gif-offset.gif'])(
  '%s is taken in',
  async (name) => {
    await expect(checkHeader(file(name), limitsFromEnv())).resolves.toMatchObject({ width: expect.any(Number) });
  },
);

/** A JPEG up to and with its frame header. */
const jpegOf = (marker: number, precision = 8, components = 3): Buffer =>
  Buffer.from([
    0xff,
    0xd8,
    0xff,
    marker,
    0,
    8 + 3 * components,
    precision,
    0,
    4,
    0,
    4,
    components,
    ...Array(30).fill(1),
  ]);

test.each([
  [jpegOf(0xc3), 'a lossless JPEG'],
  [jpegOf(0xc5), 'a hierarchical JPEG'],
  [jpegOf(0xc9), 'a JPEG with arithmetic coding'],
  [jpegOf(0xf7), 'a JPEG-LS picture'],
  [jpegOf(0xc1, 16), 'a JPEG of 16 bits'],
  [jpegOf(0xc0, 8, 2), 'a JPEG with 2 channels'],
  [Buffer.from('\x89PNG\r\n\x1a\n\0\0\0\x04CgBI\x50\0\x20\x02', 'latin1'), "a PNG in Apple's own form"],
])('%# a kind of JPEG or PNG that is not decoded', async (bytes, words) => {
  await expect(checkHeader(bytes, limitsFromEnv())).rejects.toThrow(words);
});

test.each([
  ['\0\0\0\x18ftypcrx \0\0\0\x01crx isom', 'camera raw (CR3)'],
  ['FUJIFILMCCD-RAW 0201', 'camera raw (RAF)'],
  ['IIRO\x08\0\0\0', 'camera raw (ORF)'],
  ['IIU\0\x08\0\0\0', 'camera raw (RW2)'],
  ['\0\0\x02\0\0\0\0\0\0\0\0\0\x40\0\x30\0\x18\0', 'TGA'],
  ['\0\0\x0a\0\0\0\0\0\0\0\0\0\x40\0\x30\0\x20\x28', 'TGA'],
  ['\0\0\x01\0\x01\0\x10\x10\0\0\x01\0\x20\0', 'ICO'],
])('%# other kinds by their first bytes: %s', (head, kind) => {
  expect(refusal(Buffer.from(head.padEnd(64, '\x07'), 'latin1')).message).toContain(kind);
});

test('a TIFF whose directories go in a circle or lie outside of it is told without a hang', async () => {
  const circle = Buffer.from('49492a000800000001000001030001000000050000000800000000', 'hex');
  for (const bytes of [circle, circle.subarray(0, 12), Buffer.from('4d4d002afffffff0', 'hex')]) {
    await expect(checkHeader(bytes, limitsFromEnv())).rejects.toMatchObject({
      code: expect.stringMatching(/unsupported|damaged/),
    });
  }
});

test('a TIFF in inks other than those of CMYK is refused by name', async () => {
  const tiff = await sharp({ create: { width: 8, height: 4, channels: 3, background: '#204060' } })
    .toColourspace('cmyk')
    .tiff()
    .toBuffer();
  expect(await checkHeader(tiff, limitsFromEnv())).toMatchObject({ width: 8 });
  const [at, INK_SET, OTHER] = [tiff.readUInt32LE(4), 332, 2];
  for (let entry = at + 2; entry < at + 2 + 12 * tiff.readUInt16LE(at); entry += 12) {
    if (tiff.readUInt16LE(entry) === INK_SET) tiff.writeUInt16LE(OTHER, entry + 8);
  }
  await expect(checkHeader(tiff, limitsFromEnv())).rejects.toMatchObject({ code: 'format-unsupported', status: 415 });
});
