import type { Pixels } from '../pixels.ts';
import { luminanceOf } from './noise.ts';

export interface GuidedJob {
  /** The small picture from which the mask was computed, RGB. */
  small: Pixels;
  /** The small mask, one channel. */
  mask: Pixels;
}

/** Radius of the window, in pixels of the small picture. */
const RADIUS = 3;
/** Contrast in the guide that counts as an edge, in squared levels of 1. */
const EPSILON = 1e-4;

/**
 * Enlarges a small mask to the size of a picture, along the picture's edges: the fast guided filter (He and Sun,
 * 2015). In each window of the small picture, the mask is fitted as a linear function of luminance; the coefficients
 * are enlarged smoothly and applied to the full picture.
 * @returns one channel, the size of `pixels`
 */
export function guidedUpsample(pixels: Pixels, { small, mask }: GuidedJob): Pixels {
  const { width, height } = pixels;
  const { slope, offset } = fitLines(scaled(luminanceOf(small)), scaled(mask.data), small.width, small.height);
  const data = Buffer.alloc(width * height);
  const sampler = bilinear(small.width, small.height, width, height);
  for (let y = 0, at = 0; y < height; y++) {
    const guide = luminanceOf(rowOf(pixels, y));
    for (let x = 0; x < width; x++, at++) {
      const value = sampler(slope, x, y) * ((guide[x] as number) / 255) + sampler(offset, x, y);
      data[at] = Math.max(0, Math.min(255, Math.round(value * 255)));
    }
  }
  return { data, width, height, channels: 1 };
}

function rowOf({ data, width, channels }: Pixels, y: number): Pixels {
  const length = width * channels;
  return { data: data.subarray(y * length, (y + 1) * length), width, height: 1, channels };
}

function scaled(levels: ArrayLike<number>): Float32Array {
  return Float32Array.from({ length: levels.length }, (_, at) => (levels[at] as number) / 255);
}

function fitLines(
  guide: Float32Array,
  mask: Float32Array,
  width: number,
  height: number,
): { slope: Float32Array; offset: Float32Array } {
  const mean = (values: Float32Array): Float32Array => boxMean(values, width, height);
  const product = (a: Float32Array, b: Float32Array): Float32Array => a.map((value, at) => value * (b[at] as number));
  const [meanGuide, meanMask] = [mean(guide), mean(mask)];
  const [meanBoth, meanSquare] = [mean(product(guide, mask)), mean(product(guide, guide))];
  const slope = meanGuide.map((g, at) => {
    const covariance = (meanBoth[at] as number) - g * (meanMask[at] as number);
    return covariance / ((meanSquare[at] as number) - g * g + EPSILON);
  });
  const offset = meanMask.map((m, at) => m - (slope[at] as number) * (meanGuide[at] as number));
  return { slope: mean(slope), offset: mean(offset) };
}

/** Mean over windows of (2·RADIUS+1)², clipped at the edges. */
function boxMean(values: Float32Array, width: number, height: number): Float32Array {
  const rows = sweep(values, width, height, 1, width);
  return sweep(rows, height, width, width, 1);
}

/** Means along one axis, by a running sum. */
function sweep(values: Float32Array, length: number, lines: number, step: number, lineStep: number): Float32Array {
  const out = new Float32Array(values.length);
  for (let line = 0; line < lines; line++) {
    const start = line * lineStep;
    let sum = 0;
    for (let at = 0; at < Math.min(RADIUS, length); at++) sum += values[start + at * step] as number;
    for (let at = 0; at < length; at++) {
      if (at + RADIUS < length) sum += values[start + (at + RADIUS) * step] as number;
      if (at - RADIUS - 1 >= 0) sum -= values[start + (at - RADIUS - 1) * step] as number;
      const count = Math.min(length - 1, at + RADIUS) - Math.max(0, at - RADIUS) + 1;
      out[start + at * step] = sum / count;
    }
  }
  return out;
}

/** Samples a small field at a full-size position, with pixel centres aligned. */
function bilinear(smallWidth: number, smallHeight: number, width: number, height: number) {
  const axis = (small: number, full: number): { low: number; high: number; share: number }[] =>
    Array.from({ length: full }, (_, at) => {
      const place = Math.min(small - 1, Math.max(0, ((at + 0.5) * small) / full - 0.5));
      const low = Math.floor(place);
      return { low, high: Math.min(small - 1, low + 1), share: place - low };
    });
  const columns = axis(smallWidth, width);
  const rows = axis(smallHeight, height);
  return (field: Float32Array, x: number, y: number): number => {
    const column = columns[x] as { low: number; high: number; share: number };
    const row = rows[y] as { low: number; high: number; share: number };
    const across = (line: number): number =>
      (field[line * smallWidth + column.low] as number) * (1 - column.share) +
      (field[line * smallWidth + column.high] as number) * column.share;
    return across(row.low) * (1 - row.share) + across(row.high) * row.share;
  };
}
