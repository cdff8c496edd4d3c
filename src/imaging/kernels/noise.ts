import type { Pixels } from '../pixels.ts';

/** The noise of a picture. */
export interface Noise {
  /** Standard deviation per channel, in levels of 255. */
  sigma: number;
  /** Share of pixels that are black or white and far from all neighbours: salt and pepper. */
  impulses: number;
  /** Variation of the picture relative to its calmest parts: 1 if there is only noise, more with texture. */
  texture: number;
}

/** Response of the Laplacian difference to noise of σ = 1. */
const GAIN = 6;
/** Median absolute deviation of a normal distribution of σ = 1. */
const MAD = 0.6745;
/** Factor from noise that is independent per channel to noise in luminance: √(0.299² + 0.587² + 0.114²). */
const IN_LUMINANCE = 0.669;
/** Side of the blocks that are measured separately, in pixels. */
const BLOCK = 16;
/** Quantile of the blocks that is taken as noise. What other blocks have more is texture. */
const CALM = 0.15;
/** That quantile relative to the mean, if all blocks have the same noise (measured). */
const CALM_BIAS = 0.9;

/**
 * Estimates noise from luminance: the median magnitude per block of the Laplacian difference [1 −2 1; −2 4 −2; 1 −2
 * 1], which ignores flat and evenly sloped areas (Immerkær, "Fast noise variance estimation", 1996). Edges hardly
 * affect a median. The calmer blocks give the result.
 */
export function estimateNoise(pixels: Pixels): Noise {
  const { width, height, channels } = pixels;
  if (width < 5 || height < 5) return { sigma: 0, impulses: 0, texture: 1 };
  const luminance = luminanceOf(pixels);
  const medians: number[] = [];
  let impulses = 0;
  for (let top = 1; top < height - 1; top += BLOCK) {
    for (let left = 1; left < width - 1; left += BLOCK) {
      const block = judge(
        luminance,
        width,
        left,
        top,
        Math.min(left + BLOCK, width - 1),
        Math.min(top + BLOCK, height - 1),
      );
      impulses += block.impulses;
      if (block.usable) medians.push(block.median);
    }
  }
  medians.sort((a, b) => a - b);
  const calm = medians[Math.floor(medians.length * CALM)] ?? 0;
  const middle = medians[medians.length >> 1] ?? 0;
  const sigma = calm / CALM_BIAS / MAD / GAIN / (channels < 3 ? 1 : IN_LUMINANCE);
  return { sigma, impulses: impulses / ((width - 2) * (height - 2)), texture: calm === 0 ? 1 : middle / calm };
}

/** Luminance (BT.601), row by row. */
export function luminanceOf({ data, width, height, channels }: Pixels): Float32Array {
  const luminance = new Float32Array(width * height);
  for (let at = 0, from = 0; at < luminance.length; at++, from += channels) {
    const red = data[from] as number;
    luminance[at] =
      channels < 3 ? red : 0.299 * red + 0.587 * (data[from + 1] as number) + 0.114 * (data[from + 2] as number);
  }
  return luminance;
}

interface Block {
  median: number;
  impulses: number;
  /** False for blocks so dark or bright that their noise is clipped, and for narrow blocks at the edge. */
  usable: boolean;
}

function judge(l: Float32Array, width: number, left: number, top: number, right: number, bottom: number): Block {
  const magnitudes = new Float32Array((right - left) * (bottom - top));
  let impulses = 0;
  let sum = 0;
  let at = 0;
  for (let y = top; y < bottom; y++) {
    for (let x = left; x < right; x++) {
      const place = y * width + x;
      magnitudes[at++] = Math.abs(laplacian(l, place, width));
      sum += l[place] as number;
      if (isImpulse(l, place, width)) impulses += 1;
    }
  }
  const mean = sum / at;
  const median = magnitudes.sort()[at >> 1] as number;
  return { median, impulses, usable: at >= (BLOCK * BLOCK) / 2 && mean > 8 && mean < 247 };
}

function laplacian(l: Float32Array, at: number, width: number): number {
  const p = (offset: number): number => l[at + offset] as number;
  const corners = p(-width - 1) + p(-width + 1) + p(width - 1) + p(width + 1);
  const sides = p(-width) + p(-1) + p(1) + p(width);
  return corners - 2 * sides + 4 * p(0);
}

/** Whether a pixel is black or white, and far from all eight neighbours. */
function isImpulse(l: Float32Array, at: number, width: number): boolean {
  const here = l[at] as number;
  if (here > 15 && here < 240) return false;
  for (const row of [at - width, at, at + width]) {
    for (const neighbour of [row - 1, row, row + 1]) {
      if (neighbour !== at && Math.abs((l[neighbour] as number) - here) < 40) return false;
    }
  }
  return true;
}
