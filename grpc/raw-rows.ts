import { crc32, deflateSync } from 'node:zlib';

/** Pixels as rows, top row first, without padding: one byte a pixel (gray) or three (RGB). */
export interface RawRows {
  data: Buffer;
  width: number;
  height: number;
  channels: 1 | 3;
}

/**
 * Turns counter-clockwise by quarter turns; every pixel is kept.
 * @param turns 0 to 3
 */
export function turnRows({ data, width, height, channels }: RawRows, turns: number): RawRows {
  const [w, h] = turns % 2 === 1 ? [height, width] : [width, height];
  const turned = Buffer.allocUnsafe(data.length);
  for (let y = 0; y < h; y++) {
    for (let x = 0; x < w; x++) {
      const from = sourceOf(x, y, turns, width, height) * channels;
      const to = (y * w + x) * channels;
      for (let c = 0; c < channels; c++) turned[to + c] = data[from + c] as number;
    }
  }
  return { data: turned, width: w, height: h, channels };
}

/** Index of the pixel of a `width` × `height` picture that is at (x, y) after the turns. */
function sourceOf(x: number, y: number, turns: number, width: number, height: number): number {
  if (turns === 1) return x * width + (width - 1 - y);
  if (turns === 2) return (height - 1 - y) * width + (width - 1 - x);
  if (turns === 3) return (height - 1 - x) * width + y;
  return y * width + x;
}

const SIGNATURE = Buffer.from('\x89PNG\r\n\x1a\n', 'latin1');

/**
 * Raw rows as a PNG, which every function reads: eight bits, unfiltered, fast compression, as it is only transferred.
 */
export function pngOf({ data, width, height, channels }: RawRows): Buffer {
  const header = Buffer.alloc(13);
  header.writeUInt32BE(width, 0);
  header.writeUInt32BE(height, 4);
  header[8] = 8;
  header[9] = channels === 3 ? 2 : 0;
  const stride = width * channels;
  const rows = Buffer.alloc((stride + 1) * height);
  for (let y = 0; y < height; y++) data.copy(rows, y * (stride + 1) + 1, y * stride, (y + 1) * stride);
  const pixels = deflateSync(rows, { level: 1 });
  return Buffer.concat([SIGNATURE, chunk('IHDR', header), chunk('IDAT', pixels), chunk('IEND', Buffer.alloc(0))]);
}

function chunk(type: string, data: Buffer): Buffer {
  const body = Buffer.concat([Buffer.from(type, 'latin1'), data]);
  const framed = Buffer.alloc(body.length + 8);
  framed.writeUInt32BE(data.length, 0);
  body.copy(framed, 4);
  framed.writeUInt32BE(crc32(body), body.length + 4);
  return framed;
}
