/*
 * Pillow's bicubic resampling, bit for bit: a horizontal and a vertical pass with an antialiased cubic kernel (a =
 * -0.5), fixed-point weights, and 8-bit pixels between the passes. CLIP models are trained on it. Only the requested
 * window is computed, so a centre crop costs no more than its own pixels. The passes are WebAssembly
 * (resample-kernels.ts).
 */

import { Kernels, type Weights } from './resample-kernels.ts';

/** Fractional bits of the weights: 32, minus 8 for the pixel, minus 2 of headroom for the negative lobes. */
const PRECISION = 22;
const CUBIC = -0.5;
/** Source pixels that the kernel covers to each side at scale 1. */
const REACH = 2;

/** 8-bit RGB pixels, row by row, interleaved. */
export interface RgbImage {
  data: Uint8Array;
  width: number;
  height: number;
}

/** A part of the resized picture, in pixels of the result. */
export interface CropWindow {
  left: number;
  top: number;
  width: number;
  height: number;
}

/**
 * Resizes a picture as Pillow's `Image.resize((width, height), BICUBIC)` does and returns a `window` of the result:
 * the same bytes as resizing everything and cropping.
 */
export function resampleWindow(source: RgbImage, width: number, height: number, window: CropWindow): Uint8Array {
  const across = cubicWeights(source.width, width, window.left, window.width);
  const down = cubicWeights(source.height, height, window.top, window.height);
  return isDownFirst(source, width, height) ? downFirst(source, across, down) : acrossFirst(source, across, down);
}

function acrossFirst({ data, width }: RgbImage, across: Weights, down: Weights): Uint8Array {
  const { first, count } = span(down);
  const [from, to] = [width * 3, across.starts.length * 3];
  // An odd number of rows is rounded up to pairs.
  const kernels = new Kernels({ across, down, source: from, between: (count + 1) * to });
  for (let row = 0; row < count; row += 1) {
    kernels.write(data.subarray((first + row) * from, (first + row + 1) * from));
    kernels.across(kernels.source, kernels.between + row * to, 0);
  }
  for (let y = 0; y < down.starts.length; y += 1) {
    const rows = kernels.between + ((down.starts[y] as number) - first) * to;
    kernels.down(y, rows, to, kernels.out + y * to, to);
  }
  return kernels.result();
}

function downFirst({ data, width }: RgbImage, across: Weights, down: Weights): Uint8Array {
  const { first, count } = span(across);
  const [from, between, to] = [width * 3, count * 3, across.starts.length * 3];
  const rows = down.starts.length;
  const kernels = new Kernels({ across, down, source: (down.taps + 1) * from, between: rows * between });
  for (let y = 0; y < rows; y += 1) {
    const start = down.starts[y] as number;
    kernels.write(data.subarray(start * from, (start + (down.counts[y] as number)) * from));
    kernels.down(y, kernels.source + first * 3, from, kernels.between + y * between, between);
  }
  for (let y = 0; y < rows; y += 1) kernels.across(kernels.between + y * between, kernels.out + y * to, first);
  return kernels.result();
}

/**
 * Pixels are rounded to 8 bits between the passes, so the order of the passes is visible. Pillow (13) starts with the
 * vertical pass for tall pictures that lose more than twice as many rows as columns.
 */
function isDownFirst(source: RgbImage, width: number, height: number): boolean {
  const rows = source.height - height;
  return rows > 0 && rows > (source.width - width) * 2;
}

/** The range of source pixels that the weights use. */
function span({ starts, counts }: Weights): { first: number; count: number } {
  const first = starts[0] ?? 0;
  const last = starts.length - 1;
  return { first, count: (starts[last] ?? 0) + (counts[last] ?? 0) - first };
}

/** The weights of `count` output pixels, starting at `first`, for scaling `inSize` pixels to `outSize`. */
function cubicWeights(inSize: number, outSize: number, first: number, count: number): Weights {
  const scale = inSize / outSize;
  // For antialiasing, shrinking stretches the kernel over all source pixels that an output pixel covers.
  const stretch = Math.max(scale, 1);
  const support = REACH * stretch;
  const taps = Math.ceil(support) * 2 + 1;
  const weights = { starts: new Int32Array(count), counts: new Int32Array(count), taps };
  const values = new Int32Array(count * taps);
  const exact = new Float64Array(taps);
  for (let i = 0; i < count; i += 1) {
    const centre = (first + i + 0.5) * scale;
    const start = Math.max(Math.trunc(centre - support + 0.5), 0);
    const reach = Math.min(Math.trunc(centre + support + 0.5), inSize) - start;
    let sum = 0;
    for (let tap = 0; tap < reach; tap += 1) {
      const weight = cubic((tap + start - centre + 0.5) * (1 / stretch));
      exact[tap] = weight;
      sum += weight;
    }
    for (let tap = 0; tap < reach; tap += 1) values[i * taps + tap] = toFixed((exact[tap] ?? 0) / (sum || 1));
    weights.starts[i] = start;
    weights.counts[i] = reach;
  }
  return { ...weights, values };
}

function cubic(distance: number): number {
  const x = Math.abs(distance);
  if (x < 1) return ((CUBIC + 2) * x - (CUBIC + 3)) * x * x + 1;
  if (x < 2) return (((x - 5) * x + 8) * x - 4) * CUBIC;
  return 0;
}

/** Rounds half away from zero, as Pillow does. */
function toFixed(weight: number): number {
  return Math.trunc(weight * (1 << PRECISION) + (weight < 0 ? -0.5 : 0.5));
}
