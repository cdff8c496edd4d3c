import type { Pixels } from '../pixels.ts';
import { luminanceOf } from './noise.ts';

/** How many of its eight neighbours a speck must differ from. */
const ALONE = 6;
const FAR = 40;

/**
 * Removes salt-and-pepper noise: black or white pixels that differ from most neighbours become the median of those
 * neighbours. All other pixels are unchanged, so texture does not suffer as in a median filter.
 */
export function despeckle(pixels: Pixels): Pixels {
  const { data, width, height, channels } = pixels;
  const luminance = luminanceOf(pixels);
  const specks = new Uint8Array(width * height);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) specks[y * width + x] = isSpeck(luminance, x, y, width, height) ? 1 : 0;
  }
  const out = Buffer.from(data);
  const colours = channels < 3 ? 1 : 3;
  for (let at = 0; at < specks.length; at++) {
    if (!specks[at]) continue;
    const around = neighbours(at % width, Math.floor(at / width), width, height).filter((place) => !specks[place]);
    if (around.length === 0) continue;
    for (let c = 0; c < colours; c++) {
      const values = around.map((place) => data[place * channels + c] as number).sort((a, b) => a - b);
      out[at * channels + c] = values[values.length >> 1] as number;
    }
  }
  return { data: out, width, height, channels };
}

function isSpeck(l: Float32Array, x: number, y: number, width: number, height: number): boolean {
  const here = l[y * width + x] as number;
  if (here > 15 && here < 240) return false;
  const around = neighbours(x, y, width, height);
  const unlike = around.filter((place) => Math.abs((l[place] as number) - here) >= FAR).length;
  return unlike >= Math.min(ALONE, around.length - 1);
}

function neighbours(x: number, y: number, width: number, height: number): number[] {
  const places: number[] = [];
  for (let yy = Math.max(0, y - 1); yy <= Math.min(height - 1, y + 1); yy++) {
    for (let xx = Math.max(0, x - 1); xx <= Math.min(width - 1, x + 1); xx++) {
      if (xx !== x || yy !== y) places.push(yy * width + xx);
    }
  }
  return places;
}
