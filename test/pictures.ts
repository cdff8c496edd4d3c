import { crc32 } from 'node:zlib';
import sharp, { type Sharp } from 'sharp';

/** Pixels for tests: a smooth gradient with one bright corner, so that every turn and mirror looks different. */
export function gradient(width: number, height: number, channels: 3 | 4 = 3): Buffer {
  const pixels = Buffer.alloc(width * height * channels);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const at = (y * width + x) * channels;
      pixels[at] = Math.round((255 * x) / Math.max(1, width - 1));
      pixels[at + 1] = Math.round((255 * y) / Math.max(1, height - 1));
      pixels[at + 2] = x < width / 4 && y < height / 4 ? 255 : 40;
      if (channels === 4) pixels[at + 3] = x < width / 2 ? 255 : 0;
    }
  }
  return pixels;
}

/** The gradient as sharp's input. */
export function picture(width: number, height: number, channels: 3 | 4 = 3): Sharp {
  return sharp(gradient(width, height, channels), { raw: { width, height, channels } });
}

/** A JPEG of many small differences, whose work takes a while. */
export function busyJpeg(width: number, height: number): Promise<Buffer> {
  const rows = gradient(width, height);
  for (let at = 0; at < rows.length; at++) rows[at] = ((rows[at] as number) + ((at * 7_919) % 23)) % 256;
  return sharp(rows, { raw: { width, height, channels: 3 } })
    .jpeg()
    .toBuffer();
}

/** A gray edge: one level on the left half, another on the right. */
export function step(side: number, left: number, right: number): Sharp {
  const pixels = Buffer.alloc(side * side * 3);
  for (let at = 0; at < side * side; at++) pixels.fill(at % side < side / 2 ? left : right, at * 3, at * 3 + 3);
  return sharp(pixels, { raw: { width: side, height: side, channels: 3 } });
}

/** Decoded pixels and their size, EXIF orientation left alone. */
export async function pixelsOf(
  bytes: Buffer,
): Promise<{ data: Buffer; width: number; height: number; channels: number }> {
  const { data, info } = await sharp(bytes).raw().toBuffer({ resolveWithObject: true });
  return { data, width: info.width, height: info.height, channels: info.channels };
}

/** Steepness at an edge such as {@link step} draws, and what lies far from it. */
export async function edge(bytes: Buffer) {
  const { data, width, channels } = await pixelsOf(bytes);
  const value = (x: number) => data[x * channels] as number;
  return {
    jump: value(width / 2) - value(width / 2 - 1),
    left: value(0),
    right: value(width - 1),
    low: value(width / 2 - 1),
  };
}

/** Mean absolute difference of two pixel buffers, in levels of 255; infinite when they differ in length. */
export function difference(a: Buffer, b: Buffer): number {
  if (a.length !== b.length) return Number.POSITIVE_INFINITY;
  let sum = 0;
  for (let index = 0; index < a.length; index++) sum += Math.abs((a[index] as number) - (b[index] as number));
  return sum / a.length;
}

/** A PNG that is little more than its header, which declares any size. */
export function hugePng(width: number, height: number): Buffer {
  const header = Buffer.alloc(25);
  header.writeUInt32BE(13, 0);
  header.write('IHDR', 4);
  header.writeUInt32BE(width, 8);
  header.writeUInt32BE(height, 12);
  header.set([8, 2, 0, 0, 0], 16);
  header.writeUInt32BE(crc32(header.subarray(4, 21)), 21);
  return Buffer.concat([
    Buffer.from('\x89PNG\r\n\x1a\n', 'latin1'),
    header,
    Buffer.from('00000001494441540000000000', 'hex'),
  ]);
}
