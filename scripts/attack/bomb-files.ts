import { once } from 'node:events';
import { buffer } from 'node:stream/consumers';
import { crc32, createDeflate } from 'node:zlib';
import sharp, { type Sharp } from 'sharp';

/*
 * Pictures that cost far more to open than to send. Unless noted, all are within the limits of bytes and pixels.
 */

/** A photo's grain at any size, 3:2. */
async function grain(width: number): Promise<Sharp> {
  const noise = { type: 'gaussian' as const, mean: 128, sigma: 40 };
  const small = await sharp({ create: { width: 600, height: 400, channels: 3, background: '#888', noise } })
    .png()
    .toBuffer();
  return sharp(small).resize(width, Math.round(width / 1.5), { fit: 'fill' });
}

export const mediumPhoto = async (): Promise<Buffer> => (await grain(4_242)).jpeg({ quality: 80 }).toBuffer();
export const largePhoto = async (): Promise<Buffer> => (await grain(6_000)).jpeg({ quality: 80 }).toBuffer();
export const largeAvif = async (): Promise<Buffer> => (await grain(6_000)).avif({ effort: 0, quality: 60 }).toBuffer();

/** A progressive JPEG of 12 megapixels whose last scan is repeated 85 times. */
export async function manyScans(): Promise<Buffer> {
  const whole = await (await grain(4_242)).jpeg({ quality: 60, progressive: true }).toBuffer();
  const scan = whole.subarray(whole.lastIndexOf(Buffer.from([0xff, 0xda])), -2);
  return Buffer.concat([whole.subarray(0, -2), ...Array(85).fill(scan), whole.subarray(-2)]);
}

function chunk(name: string, data: Buffer): Buffer {
  const head = Buffer.alloc(8);
  head.writeUInt32BE(data.length);
  head.write(name, 4);
  const end = Buffer.alloc(4);
  end.writeUInt32BE(crc32(Buffer.concat([head.subarray(4), data])));
  return Buffer.concat([head, data, end]);
}

function pngOf(side: number, colour: number[], between: Buffer, pixels: Buffer): Buffer {
  const header = Buffer.alloc(13);
  header.writeUInt32BE(side, 0);
  header.writeUInt32BE(side, 4);
  header.set(colour, 8);
  const signature = Buffer.from('\x89PNG\r\n\x1a\n', 'latin1');
  const parts = [chunk('IHDR', header), between, chunk('IDAT', pixels), chunk('IEND', Buffer.alloc(0))];
  return Buffer.concat([signature, ...parts]);
}

/** A PNG of 7,000 × 7,000 pixels of 16 bits with transparency, interlaced: 392 MB in half a megabyte. */
export async function deepPng(): Promise<Buffer> {
  const side = 7_000;
  const deflate = createDeflate({ level: 1 });
  const zeros = Buffer.alloc(2 ** 20);
  const compressed = buffer(deflate);
  // Seven passes, each row with a byte before it; too many bytes are only a warning.
  for (let left = side * side * 8 + side * 2; left > 0; left -= zeros.length) {
    if (!deflate.write(zeros)) await once(deflate, 'drain');
  }
  deflate.end();
  return pngOf(side, [16, 6, 0, 0, 1], Buffer.alloc(0), await compressed);
}

/** A PNG of 30 MB in which 2.5 million empty chunks stand before the pixels. */
export async function manyChunks(): Promise<Buffer> {
  const empty = chunk('zzZz', Buffer.alloc(0));
  return pngOf(
    1,
    [8, 0, 0, 0, 0],
    Buffer.concat(Array(2_500_000).fill(empty)),
    Buffer.from('789c6360000000020001', 'hex'),
  );
}

/** A TIFF of 8 × 8 pixels with many directories of many entries. */
export async function manyEntries(directories: number, entries: number): Promise<Buffer> {
  const tiff = await sharp({ create: { width: 8, height: 8, channels: 3, background: '#888' } })
    .tiff()
    .toBuffer();
  const at = tiff.readUInt32LE(4);
  const own = tiff.subarray(at + 2, at + 2 + 12 * tiff.readUInt16LE(at));
  const more = Array.from({ length: entries - own.length / 12 }, (_, n) => {
    const entry = Buffer.alloc(12);
    // Short values under private tags, in order while tags last.
    entry.set([(40_000 + n) & 0xff, ((40_000 + n) >> 8) & 0xff, 3, 0, 1, 0, 0, 0]);
    return entry;
  });
  const head = Buffer.alloc(2);
  head.writeUInt16LE(entries);
  const body = Buffer.concat([head, own, ...more]);
  const parts: Buffer[] = [tiff];
  for (let n = 0; n < directories; n++) {
    const next = Buffer.alloc(4);
    if (n < directories - 1) next.writeUInt32LE(tiff.length + (n + 1) * (body.length + 4));
    parts.push(body, next);
  }
  const whole = Buffer.concat(parts);
  whole.writeUInt32LE(tiff.length, 4);
  return whole;
}

/** A WebP whose 450 frames are all of 4,096 × 4,096 pixels. */
export async function manyFrames(): Promise<Buffer> {
  const side = 4_096;
  const one = await sharp({ create: { width: side, height: side, channels: 3, background: '#48c' } })
    .webp({ effort: 0 })
    .toBuffer();
  const size = Buffer.alloc(6);
  size.writeUIntLE(side - 1, 0, 3);
  size.writeUIntLE(side - 1, 3, 3);
  const frame = riff('ANMF', Buffer.concat([Buffer.alloc(6), size, Buffer.from([40, 0, 0, 0]), one.subarray(12)]));
  const head = [riff('VP8X', Buffer.concat([Buffer.from([2, 0, 0, 0]), size])), riff('ANIM', Buffer.alloc(6))];
  return riff('RIFF', Buffer.concat([Buffer.from('WEBP'), ...head, ...Array(450).fill(frame)]));
}

function riff(name: string, data: Buffer): Buffer {
  const head = Buffer.from(`${name}....`);
  head.writeUInt32LE(data.length, 4);
  return Buffer.concat([head, data, Buffer.alloc(data.length % 2)]);
}

function box(type: string, ...data: Buffer[]): Buffer {
  const whole = Buffer.concat([Buffer.from(`....${type}`), ...data]);
  whole.writeUInt32BE(whole.length);
  return whole;
}

/** An AVIF whose 4,000 alpha pictures have 250 properties each, and no pixels. */
export async function manyReferences(): Promise<Buffer> {
  const flags = Buffer.alloc(4);
  const associations = Array.from({ length: 4_000 }, (_, n) => {
    const item = Buffer.alloc(3 + 250, 1);
    item.writeUInt16BE(n + 1);
    item[2] = 250;
    return item;
  });
  const count = Buffer.alloc(4);
  count.writeUInt32BE(associations.length);
  const auxl = Array.from({ length: 4_000 }, (_, n) => {
    const data = Buffer.from([0, 0, 0, 1, 0, 1]);
    data.writeUInt16BE(n + 2);
    return box('auxl', data);
  });
  const ipma = box('ipma', flags, count, ...associations);
  const iprp = box('iprp', box('ipco', box('auxC', flags, Buffer.from('none\0'))), ipma);
  const meta = box('meta', flags, box('pitm', flags, Buffer.from([0, 1])), box('iref', flags, ...auxl), iprp);
  return Buffer.concat([box('ftyp', Buffer.from('avif\0\0\0\0avifmif1')), meta]);
}

/** A drawing that takes a renderer minutes. Its format is not supported. */
export async function drawing(): Promise<Buffer> {
  const blur = '<filter id="f"><feGaussianBlur stdDeviation="900"/></filter>';
  return Buffer.from(
    '<svg xmlns="http://www.w3.org/2000/svg" width="9999" height="5000">' +
      `${blur}<rect width="9999" height="5000" filter="url(#f)"/></svg>`,
  );
}
