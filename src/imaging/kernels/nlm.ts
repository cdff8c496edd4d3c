import type { Pixels } from '../pixels.ts';

/** Offsets in each direction: a window of 11 × 11. */
const REACH = 5;
/** Patches are 3 × 3. */
const PATCH = 1;

/**
 * Non-local means (Buades, Coll and Morel, 2005): each pixel becomes the mean of nearby pixels with similar
 * surroundings. Works offset by offset: the squared difference of the picture and its shifted copy, summed over
 * patches by running sums, gives the weights of all pixels at once. So time is linear in the number of pixels and
 * independent of the patch size.
 * @param sigma of the noise, in levels of 255
 */
export function nonLocalMeans(pixels: Pixels, { sigma }: { sigma: number }): Pixels {
  const { width, height } = pixels;
  const colours = pixels.channels < 3 ? 1 : 3;
  const count = width * height;
  const sums = new Float32Array(count * colours);
  const weights = new Float32Array(count);
  const closest = new Float32Array(count);
  const difference = new Float32Array(count);
  const patches = new Float32Array(count);
  const weigh = weighing(sigma, colours);

  for (let dy = 0; dy <= REACH; dy++) {
    for (let dx = -REACH; dx <= REACH; dx++) {
      // The opposite offset has the same differences, so each is computed once and used for both.
      if (dy === 0 && dx <= 0) continue;
      squaredDifference(pixels, colours, dx, dy, difference);
      boxSum(difference, patches, width, height);
      accumulate(pixels, colours, dx, dy, patches, weigh, { sums, weights, closest });
    }
  }
  return finish(pixels, colours, { sums, weights, closest });
}

interface Totals {
  sums: Float32Array;
  weights: Float32Array;
  /** The largest weight among a pixel's neighbours; its own weight. */
  closest: Float32Array;
}

/** The weight for a patch distance. Subtracts the distance that noise alone causes (2σ² per pixel). */
function weighing(sigma: number, colours: number): (distance: number) => number {
  const size = (2 * PATCH + 1) ** 2 * colours;
  const free = 2 * sigma * sigma;
  const width = Math.max(1e-3, 0.55 * sigma) ** 2;
  return (distance) => Math.exp(-Math.max(0, distance / size - free) / width);
}

function squaredDifference(
  { data, width, height, channels }: Pixels,
  colours: number,
  dx: number,
  dy: number,
  out: Float32Array,
): void {
  out.fill(0);
  const shift = (dy * width + dx) * channels;
  for (let y = 0; y < height - dy; y++) {
    const begin = Math.max(0, -dx);
    const end = Math.min(width, width - dx);
    for (let x = begin, at = (y * width + begin) * channels; x < end; x++, at += channels) {
      let sum = 0;
      for (let c = 0; c < colours; c++) {
        const d = (data[at + c] as number) - (data[at + c + shift] as number);
        sum += d * d;
      }
      out[y * width + x] = sum;
    }
  }
}

/** Sums over squares of (2·PATCH+1)², edges clamped: along rows, then along columns. */
function boxSum(values: Float32Array, out: Float32Array, width: number, height: number): void {
  for (let y = 0; y < height; y++) {
    const row = y * width;
    for (let x = 0; x < width; x++) {
      const left = values[row + Math.max(0, x - 1)] as number;
      const right = values[row + Math.min(width - 1, x + 1)] as number;
      out[row + x] = left + (values[row + x] as number) + right;
    }
  }
  values.set(out);
  for (let y = 0; y < height; y++) {
    const above = Math.max(0, y - 1) * width;
    const below = Math.min(height - 1, y + 1) * width;
    for (let x = 0; x < width; x++) {
      out[y * width + x] =
        (values[above + x] as number) + (values[y * width + x] as number) + (values[below + x] as number);
    }
  }
}

function accumulate(
  { data, width, height, channels }: Pixels,
  colours: number,
  dx: number,
  dy: number,
  patches: Float32Array,
  weigh: (distance: number) => number,
  { sums, weights, closest }: Totals,
): void {
  for (let y = 0; y < height - dy; y++) {
    for (let x = Math.max(0, -dx); x < Math.min(width, width - dx); x++) {
      const a = y * width + x;
      const b = a + dy * width + dx;
      const w = weigh(patches[a] as number);
      if (w < 1e-4) continue;
      for (let c = 0; c < colours; c++) {
        sums[a * colours + c] = (sums[a * colours + c] as number) + w * (data[b * channels + c] as number);
        sums[b * colours + c] = (sums[b * colours + c] as number) + w * (data[a * channels + c] as number);
      }
      weights[a] = (weights[a] as number) + w;
      weights[b] = (weights[b] as number) + w;
      if (w > (closest[a] as number)) closest[a] = w;
      if (w > (closest[b] as number)) closest[b] = w;
    }
  }
}

/** A pixel's own weight is that of its most similar neighbour. */
function finish(
  { data, width, height, channels }: Pixels,
  colours: number,
  { sums, weights, closest }: Totals,
): Pixels {
  const out = Buffer.from(data);
  for (let at = 0; at < width * height; at++) {
    const own = Math.max(closest[at] as number, 1e-4);
    const total = (weights[at] as number) + own;
    for (let c = 0; c < colours; c++) {
      const here = at * channels + c;
      out[here] = Math.round(((sums[at * colours + c] as number) + own * (data[here] as number)) / total);
    }
  }
  return { data: out, width, height, channels };
}
