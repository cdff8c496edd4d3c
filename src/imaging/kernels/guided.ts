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
  const columns = axis(small.width, width);
  const rows = axis(small.height, height);
  const slopes = widened(slope, columns);
  const offsets = widened(offset, columns);
  for (let y = 0, at = 0; y < height; y++) {
    const guide = luminanceOf(rowOf(pixels, y));
    const low = rows.low[y] as number;
    const high = rows.high[y] as number;
    const share = rows.share[y] as number;
    const [slopeAbove, slopeBelow, offsetAbove, offsetBelow] = [slopes(low), slopes(high), offsets(low), offsets(high)];
    for (let x = 0; x < width; x++, at++) {
      const gain = (slopeAbove[x] as number) * (1 - share) + (slopeBelow[x] as number) * share;
      const base = (offsetAbove[x] as number) * (1 - share) + (offsetBelow[x] as number) * share;
      const value = gain * ((guide[x] as number) / 255) + base;
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

/** Between which two small pixels each full-size pixel lies, along one axis, and how near to the second. */
interface Axis {
  small: number;
  low: Int32Array;
  high: Int32Array;
  share: Float64Array;
}

/** With pixel centres aligned. */
function axis(small: number, full: number): Axis {
  const [low, high, share] = [new Int32Array(full), new Int32Array(full), new Float64Array(full)];
  for (let at = 0; at < full; at++) {
    const place = Math.min(small - 1, Math.max(0, ((at + 0.5) * small) / full - 0.5));
    const first = Math.floor(place);
    low[at] = first;
    high[at] = Math.min(small - 1, first + 1);
    share[at] = place - first;
  }
  return { small, low, high, share };
}

/**
 * Enlarges the rows of a small field to full width.
 * @returns one row; the last two are kept, since several full-size rows lie between them
 */
function widened(field: Float32Array, { small, low, high, share }: Axis): (row: number) => Float64Array {
  const kept = [0, 1].map(() => ({ row: -1, values: new Float64Array(low.length) }));
  return (row) => {
    const place = kept[row % 2] as (typeof kept)[number];
    if (place.row === row) return place.values;
    place.row = row;
    const from = row * small;
    for (let x = 0; x < low.length; x++) {
      const right = share[x] as number;
      place.values[x] =
        (field[from + (low[x] as number)] as number) * (1 - right) +
        (field[from + (high[x] as number)] as number) * right;
    }
    return place.values;
  };
}
