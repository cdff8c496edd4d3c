import sharp from 'sharp';
import { expect, test } from 'vitest';
import { picture } from '../../test/pictures.ts';
import { FORMATS, isText, refusal, sniff } from './sniff.ts';

test.each(FORMATS)('%s is told from its bytes', async (format) => {
  expect(sniff(await picture(8, 8).toFormat(format).toBuffer())).toBe(format);
});

test('big-endian and big TIFF, and AVIF that calls itself mif1', () => {
  expect(sniff(Buffer.from('MM\0*\0\0\0\x08', 'latin1'))).toBe('tiff');
  expect(sniff(Buffer.from('II+\0\x08\0\0\0', 'latin1'))).toBe('tiff');
  expect(sniff(Buffer.from('\0\0\0\x1cftypmif1\0\0\0\0mif1avifmiaf', 'latin1'))).toBe('avif');
});

test.each([
  ['\0\0\0\x18ftypheic\0\0\0\0mif1heic', 'format-unsupported', 'HEIC'],
  ['\0\0\0\x18ftypmif1\0\0\0\0mif1heic', 'format-unsupported', 'HEIC'],
  ['BM\x36\0\0\0\0\0\0\0\x36\0', 'format-unsupported', 'BMP'],
  ['\xff\x0a\xfa\x1f', 'format-unsupported', 'JPEG XL'],
  ['\0\0\x01\0\x01\0', 'format-unsupported', 'ICO'],
  ['8BPS\0\x01', 'format-unsupported', 'Photoshop'],
  ['%PDF-1.7\n', 'not-a-picture', 'PDF'],
  ['<svg xmlns="http://www.w3.org/2000/svg"/>', 'not-a-picture', 'SVG'],
  ['<?xml version="1.0"?>\n<svg width="1"/>', 'not-a-picture', 'SVG'],
  ['<!doctype html><p>', 'not-a-picture', 'HTML'],
  ['<?xml version="1.0"?><a/>', 'not-a-picture', 'XML'],
  ['PK\x03\x04', 'not-a-picture', 'ZIP'],
  ['hello, world', 'not-a-picture', 'This is text'],
  ['\x01\x02\x03\x04', 'not-a-picture', 'unknown kind'],
])('%j is refused as %s: %s', (bytes, code, seen) => {
  const problem = refusal(Buffer.from(bytes, 'latin1'));
  expect(problem).toMatchObject({ code, status: 415 });
  expect(problem.message).toContain(seen);
});

test('text is text and pictures are not', async () => {
  expect(isText(Buffer.from('Grüße\n\t👋'))).toBe(true);
  expect(isText(await picture(8, 8).png().toBuffer())).toBe(false);
  expect(
    isText(
      await sharp({ create: { width: 9, height: 9, channels: 3, background: '#123' } })
        .jpeg()
        .toBuffer(),
    ),
  ).toBe(false);
});
