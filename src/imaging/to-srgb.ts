import { setImmediate } from 'node:timers/promises';
import { isPremultiplied, type Primaries, readTaggedColour, type TaggedColour } from '#decoding/tagged-colour';
import type { Pixels } from './pixels.ts';

/** Pixels to convert before yielding to other work. */
const SLICE = 1_000_000;
const SRGB: Primaries = [0.64, 0.33, 0.3, 0.6, 0.15, 0.06, 0.3127, 0.329];
/** Size of the table from light to levels: fine enough for the dark end of sRGB's curve. */
const LIGHT = 16_384;

/** Corrections after decoding that libvips does not make. */
export interface Mending {
  colour: TaggedColour | undefined;
  premultiplied: boolean;
  /** Position of the first frame of a GIF on its canvas, in pixels; the rest is transparent. */
  frame: Frame | undefined;
}

export interface Frame {
  left: number;
  top: number;
  width: number;
  height: number;
}

/** Reads from a file which corrections it needs; `undefined` if none. */
export function mendingOf(bytes: Buffer): Mending | undefined {
  const tagged = readTaggedColour(bytes);
  const colour = tagged && !('unsupported' in tagged) ? tagged : undefined;
  const premultiplied = isPremultiplied(bytes);
  const frame = offsetFrame(bytes);
  return colour || premultiplied || frame ? { colour, premultiplied, frame } : undefined;
}

/** Corrects decoded pixels: places the first frame on its canvas, unpremultiplies alpha, and converts to sRGB. */
export async function mend(pixels: Pixels, { colour, premultiplied, frame }: Mending): Promise<Pixels> {
  let mended = frame && pixels.channels === 3 ? onCanvas(pixels, frame) : pixels;
  if (premultiplied) mended = straight(mended);
  return colour ? await converted(mended, colour) : mended;
}

/** @returns `undefined` if the first frame fills the canvas */
function offsetFrame(bytes: Buffer): Frame | undefined {
  if (bytes.length < 13 || bytes.toString('latin1', 0, 3) !== 'GIF') return undefined;
  const [width, height, flags] = [bytes.readUInt16LE(6), bytes.readUInt16LE(8), bytes[10] as number];
  let at = 13 + (flags & 0x80 ? 3 * 2 ** ((flags & 7) + 1) : 0);
  while (bytes[at] === 0x21) {
    at += 2;
    while ((bytes[at] ?? 0) > 0) at += 1 + (bytes[at] as number);
    at += 1;
  }
  if (bytes[at] !== 0x2c || at + 9 > bytes.length) return undefined;
  const [left, top] = [bytes.readUInt16LE(at + 1), bytes.readUInt16LE(at + 3)];
  const [right, bottom] = [left + bytes.readUInt16LE(at + 5), top + bytes.readUInt16LE(at + 7)];
  if (left === 0 && top === 0 && right >= width && bottom >= height) return undefined;
  return { left, top, width: Math.min(right, width) - left, height: Math.min(bottom, height) - top };
}

function onCanvas({ data, width, height }: Pixels, frame: Frame): Pixels {
  const out = Buffer.alloc(width * height * 4);
  for (let y = frame.top; y < frame.top + frame.height; y++) {
    for (let x = frame.left; x < frame.left + frame.width; x++) {
      const at = y * width + x;
      data.copy(out, at * 4, at * 3, at * 3 + 3);
      out[at * 4 + 3] = 255;
    }
  }
  return { data: out, width, height, channels: 4 };
}

function straight(pixels: Pixels): Pixels {
  if (pixels.channels !== 4) return pixels;
  const data = Buffer.from(pixels.data);
  for (let at = 0; at < data.length; at += 4) {
    const alpha = data[at + 3] as number;
    if (alpha === 0 || alpha === 255) continue;
    for (let n = 0; n < 3; n++) data[at + n] = Math.min(255, Math.round(((data[at + n] as number) * 255) / alpha));
  }
  return { ...pixels, data };
}

async function converted(pixels: Pixels, colour: TaggedColour): Promise<Pixels> {
  const { channels } = pixels;
  if (channels < 3) return pixels;
  const data = Buffer.from(pixels.data);
  const matrix = product(inverse(toXyz(SRGB)), toXyz(colour.primaries));
  const light = Float64Array.from({ length: 256 }, (_, level) => linear(level / 255, colour.transfer));
  const levels = Uint8Array.from({ length: LIGHT + 1 }, (_, step) => Math.round(255 * encoded(step / LIGHT)));
  for (let start = 0; start < data.length; start += SLICE * channels) {
    if (start > 0) await setImmediate();
    convertSlice(
      data,
      { from: start, to: Math.min(data.length, start + SLICE * channels), channels },
      { matrix, light, levels },
    );
  }
  return { ...pixels, data };
}

interface Tables {
  matrix: number[];
  light: Float64Array;
  levels: Uint8Array;
}

function convertSlice(data: Buffer, part: { from: number; to: number; channels: number }, tables: Tables): void {
  const { matrix, light, levels } = tables;
  for (let at = part.from; at < part.to; at += part.channels) {
    const red = light[data[at] as number] as number;
    const green = light[data[at + 1] as number] as number;
    const blue = light[data[at + 2] as number] as number;
    for (let n = 0; n < 3; n++) {
      const value =
        (matrix[n * 3] as number) * red + (matrix[n * 3 + 1] as number) * green + (matrix[n * 3 + 2] as number) * blue;
      data[at + n] = levels[Math.round(Math.min(1, Math.max(0, value)) * LIGHT)] as number;
    }
  }
}

function linear(level: number, transfer: TaggedColour['transfer']): number {
  if (transfer !== 'srgb') return level ** transfer;
  return level <= 0.04045 ? level / 12.92 : ((level + 0.055) / 1.055) ** 2.4;
}

function encoded(light: number): number {
  return light <= 0.0031308 ? light * 12.92 : 1.055 * light ** (1 / 2.4) - 0.055;
}

/** The matrix from linear RGB to XYZ, row by row, scaled so that white has Y = 1, and adapted to D65. */
function toXyz(primaries: Primaries): number[] {
  const xyz = (n: number): [number, number, number] => {
    const [x, y] = [primaries[n * 2] as number, primaries[n * 2 + 1] as number];
    return [x / y, 1, (1 - x - y) / y];
  };
  const [red, green, blue, white] = [xyz(0), xyz(1), xyz(2), xyz(3)];
  const columns = [0, 1, 2].flatMap((row) => [red[row], green[row], blue[row]]) as number[];
  const amounts = times(inverse(columns), white);
  const scaled = columns.map((value, at) => value * (amounts[at % 3] as number));
  return product(adaptation(white), scaled);
}

/** Bradford's cone responses. */
const CONES = [0.8951, 0.2664, -0.1614, -0.7502, 1.7135, 0.0367, 0.0389, -0.0685, 1.0296];

function adaptation(white: number[]): number[] {
  const from = times(CONES, white);
  const to = times(CONES, [0.3127 / 0.329, 1, (1 - 0.3127 - 0.329) / 0.329]);
  const gain = [0, 1, 2].flatMap((row) =>
    [0, 1, 2].map((column) => (row === column ? (to[row] as number) / (from[row] as number) : 0)),
  );
  return product(inverse(CONES), product(gain, CONES));
}

function times(matrix: number[], vector: readonly number[]): number[] {
  return [0, 1, 2].map((row) =>
    [0, 1, 2].reduce((sum, n) => sum + (matrix[row * 3 + n] as number) * (vector[n] as number), 0),
  );
}

function product(a: number[], b: number[]): number[] {
  const columns = [0, 1, 2].map((column) => times(a, [b[column], b[column + 3], b[column + 6]] as number[]));
  return [0, 1, 2].flatMap((row) => columns.map((column) => column[row] as number));
}

function inverse(matrix: number[]): number[] {
  const [a, b, c, d, e, f, g, h, i] = matrix as [
    number,
    number,
    number,
    number,
    number,
    number,
    number,
    number,
    number,
  ];
  const determinant = a * (e * i - f * h) - b * (d * i - f * g) + c * (d * h - e * g);
  const cofactors = [e * i - f * h, c * h - b * i, b * f - c * e, f * g - d * i, a * i - c * g, c * d - a * f];
  return [...cofactors, d * h - e * g, b * g - a * h, a * e - b * d].map((value) => value / determinant);
}
