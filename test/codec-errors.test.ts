import { readFileSync } from 'node:fs';
import sharp from 'sharp';
import { expect, test } from 'vitest';
import type { Problem } from '#contract/problems';
import { CODEC_ERRORS, codecProblem } from '#decoding/codec-errors';
import { openPicture } from '#decoding/open-picture';
import { parseChain, transform } from '#imaging';
import { decode } from '../src/clip/preprocess.ts';
import { checkHeader } from '../src/intake/header.ts';
import { limitsFromEnv } from '../src/intake/limits.ts';
import { tiffOf } from './formats/write.ts';
import { picture } from './pictures.ts';

/* Every row of the table of what decoders and encoders say, by a file that makes them say it. */

/** As a function works on it. */
async function worked(bytes: Buffer): Promise<unknown> {
  return transform(await checkHeader(bytes, limitsFromEnv()), parseChain('flip'), { format: 'png' });
}

const raised = (work: Promise<unknown>): Promise<Problem & { cause?: Error }> =>
  work.then(
    () => Promise.reject(new Error('nothing was said')),
    (error) => error,
  );

const changed = (bytes: Buffer, at: number, ...values: number[]): Buffer => {
  const out = Buffer.from(bytes);
  out.set(values, at);
  return out;
};
const half = (bytes: Buffer): Buffer => bytes.subarray(0, bytes.length >> 1);
const jpeg = await picture(40, 30).jpeg().toBuffer();
const png = await picture(40, 30).png().toBuffer();
const avif = await picture(40, 30, 4).avif({ effort: 0 }).toBuffer();
const tiff = await picture(40, 30).tiff({ compression: 'lzw', predictor: 'horizontal' }).toBuffer();
/** Four inks that are not those of CMYK. */
const inks = tiffOf({ photometric: 5, bits: 8, samples: [0, 0, 0, 0], extra: { 332: [2] } });
/** Of the frame header: its length, precision, height, width, number of components. */
const frame = jpeg.indexOf(Buffer.from([0xff, 0xc0]));
/** Where a TIFF's entry of a tag has its value. */
const tiffValue = (tag: number): number => {
  const start = tiff.readUInt32LE(4);
  for (let at = start + 2; at < start + 2 + tiff.readUInt16LE(start) * 12; at += 12)
    if (tiff.readUInt16LE(at) === tag) return at + 8;
  throw new Error(`no tag ${tag}`);
};

const CASES: [row: string, work: () => Promise<unknown>, words: RegExp][] = [
  [
    'too slow',
    // sharp's own clock, which starts with its work: a deadline may be over before.
    async () => {
      const large = await picture(6_000, 4_000).jpeg().toBuffer();
      return openPicture(large, { maxPixels: 24e6 }).median(9).timeout({ seconds: 1 }).toBuffer();
    },
    /took too long/,
  ],
  [
    'more pixels than its header said',
    () => {
      const header = { bytes: png, format: 'png', upright: { width: 4, height: 3 }, hasAlpha: false };
      return transform(header, [], {}, { maxPixels: 1_000 });
    },
    /more pixels than the 4 × 3 of its header; at most 0.001 million/,
  ],
  [
    'larger than its decoder takes',
    // The largest frame in the sequence header of the pixels.
    () => worked(changed(avif, avif.indexOf('mdat') + 9, 0xff)),
    /a part of \d+ × \d+ pixels; the decoder takes at most \d+/,
  ],
  [
    'larger than its format holds',
    () =>
      sharp({ create: { width: 16_400, height: 1, channels: 3, background: 'red' } })
        .webp()
        .toBuffer(),
    /larger than WebP can hold/,
  ],
  [
    'more parts than its decoder takes',
    () => worked(changed(avif, avif.indexOf('iloc') + 10, 0xff, 0xff)),
    /AVIF has more parts/,
  ],
  ['JPEG depth', () => openPicture(changed(jpeg, frame + 4, 14), { maxPixels: 1e6 }).toBuffer(), /a JPEG of 14 bits/],
  // A stray byte before the frame hides its kind from our own look at the header.
  [
    'JPEG process',
    () => worked(Buffer.concat([jpeg.subarray(0, frame), Buffer.from([0]), changed(jpeg.subarray(frame), 1, 0xc5)])),
    /a JPEG of a rare kind/,
  ],
  ['JPEG sampling', () => worked(changed(jpeg, frame + 11, 0x31, 0, 2, 0x21)), /sampled in a way/],
  ['AVIF feature', () => worked(changed(avif, avif.indexOf('hdlr') + 4, 9)), /an AVIF that uses/],
  ['TIFF feature', () => worked(changed(tiff, tiffValue(317), 9)), /a TIFF that uses/],
  ['colours', () => openPicture(inks, { maxPixels: 1e6 }).pipelineColourspace('srgb').toBuffer(), /colours or inks/],
  ['wrong checksum, or cut short', () => worked(half(png)), /missing or does not match its checksum/],
  ['wrong checksum, or cut short', () => worked(changed(png, png.indexOf('IEND') - 5, 1)), /missing or does not match/],
  ['cut short', () => worked(half(jpeg)), /breaks off/],
  ['cut short', () => worked(avif.subarray(0, -20)), /breaks off/],
  ['cut short', async () => worked(half(await picture(40, 30).gif().toBuffer())), /breaks off/],
  [
    'unreadable header',
    async () => worked(half(await picture(40, 30).webp().toBuffer())),
    /WEBP is damaged: its header/,
  ],
  [
    'unreadable data',
    () => worked(changed(jpeg, jpeg.indexOf(Buffer.from([0xff, 0xda])) + 6, 0x33)),
    /cannot be decoded/,
  ],
];

test.each(CASES)('%s (%#)', async (name, work, words) => {
  const row = CODEC_ERRORS.find((one) => one.name === name);
  const said = await raised(work());
  const problem = codecProblem(said) as Problem & { cause: Error };
  expect(problem.message).toMatch(words);
  expect(problem.code).toBe(row?.code);
  // Which row spoke: no other of the same code did.
  expect(CODEC_ERRORS.find(({ says }) => says.test(problem.cause.message))?.name).toBe(name);
});

test('every row has its file, and stands in docs/errors.md', () => {
  expect([...new Set(CASES.map(([name]) => name))]).toEqual(CODEC_ERRORS.map(({ name }) => name));
  const docs = readFileSync(new URL('../docs/errors.md', import.meta.url), 'utf8');
  const listed = [...docs.matchAll(/^\| ([A-Za-z][\w ,]+) \| `([\w-]+)` \|.*\|$/gm)].map(([, name, code]) => [
    name,
    code,
  ]);
  expect(listed).toEqual(CODEC_ERRORS.map(({ name, code }) => [name, code]));
});

test('the classifier means the same', async () => {
  const rules = { exif: 'orient' as const, maxPixels: 1e6 };
  for (const bytes of [half(jpeg), half(png), changed(jpeg, frame + 4, 14)]) {
    const [seen, other] = [await raised(decode(bytes, 32, rules)), await raised(worked(bytes))];
    expect(seen.code).toBe(other.code);
  }
});

test('what is no fault of a picture stays what it is', () => {
  for (const message of [
    'ENOSPC: no space left on device, write',
    'Cannot read properties of undefined',
    'a bad thing',
  ]) {
    const error = new Error(message);
    expect(codecProblem(error)).toBe(error);
  }
});
