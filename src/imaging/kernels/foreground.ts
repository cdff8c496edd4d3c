import type { Pixels } from '../pixels.ts';
import { addBetween, fillGaps, type WeighedColours } from './fill-gaps.ts';
import { nearby } from './nearby.ts';

export interface ForegroundJob {
  /** The share of the object in each pixel, one channel. */
  mask: Pixels;
  /** The opacity of the result, one channel: the mask, or a blurred copy. */
  alpha: Pixels;
}

/** Most cells of a colour grid. Limits memory to about 40 MB, whatever the size of the picture. */
const MAX_CELLS = 1_000_000;
/** Pixels within this distance of an edge are not trusted: lenses, scaling and chroma subsampling blur edges. */
const REACH = 2;
/**
 * If the least mask level around a pixel is at least `INSIDE`, the mask is trusted; below `CROSSED`, an edge passes.
 */
const INSIDE = 0.8 * 255;
const CROSSED = 0.5 * 255;
/** Weight of pixels at an edge, for areas such as hair that have no better ones. */
const FALLBACK = 0.001;
/** If the colours of object and background differ by less, in squared levels, they cannot be separated at an edge. */
const TOLD_APART = 3 * 8 ** 2;

/**
 * Gives the edge of a cut-out the object's colours instead of mixtures with the background. It follows blur fusion
 * (Forte, "Approximate fast foreground colour estimation", 2021): the colours of object and background are spread into
 * the edge, and the remainder of a pixel's colour after subtracting both is added to the object's. Two things differ,
 * since masks are never exact. Only pixels away from the edge are spread, by a pyramid, so that wide edges are filled
 * too. And at an edge, a remainder along the line between both colours counts as an error of the mask.
 * @returns RGBA, the size of `pixels`; fully transparent pixels are black
 */
export function estimateForeground(pixels: Pixels, { mask, alpha }: ForegroundJob): Pixels {
  const { width, height } = pixels;
  const side = Math.max(1, Math.ceil(Math.sqrt((width * height) / MAX_CELLS)));
  const { object, background } = gather(pixels, mask, side);
  fillGaps(object);
  fillGaps(background);
  const out: Pixels = { data: Buffer.alloc(width * height * 4), width, height, channels: 4 };
  const around = nearby(mask, REACH);
  const known = new Float32Array(8);
  for (let y = 0, at = 0; y < height; y++) {
    const { least } = around(y);
    for (let x = 0; x < width; x++, at++) {
      if (!copyVisible(pixels, alpha, at, out.data)) continue;
      if (least[x] === 255) continue;
      known.fill(0);
      addBetween(object, (x + 0.5) / side - 0.5, (y + 0.5) / side - 0.5, 1, known, 0);
      addBetween(background, (x + 0.5) / side - 0.5, (y + 0.5) / side - 0.5, 1, known, 4);
      const trusted = Math.min(1, Math.max(0, ((least[x] as number) - CROSSED) / (INSIDE - CROSSED)));
      unmix(out.data, at * 4, known, (mask.data[at] as number) / 255, trusted);
    }
  }
  return out;
}

/** The colours that certainly belong to object and background, in cells of `side` × `side` pixels. */
function gather(pixels: Pixels, mask: Pixels, side: number): { object: WeighedColours; background: WeighedColours } {
  const { width, height } = pixels;
  const size = { width: Math.ceil(width / side), height: Math.ceil(height / side) };
  const cells = size.width * size.height * 4;
  const object = { ...size, data: new Float32Array(cells) };
  const background = { ...size, data: new Float32Array(cells) };
  const around = nearby(mask, REACH);
  const columns = Int32Array.from({ length: width }, (_, x) => Math.floor(x / side) * 4);
  for (let y = 0, at = 0; y < height; y++) {
    const { least, most } = around(y);
    const row = Math.floor(y / side) * size.width * 4;
    for (let x = 0; x < width; x++, at++) {
      const to = row + (columns[x] as number);
      const level = mask.data[at] as number;
      const weight = opacityOf(pixels, at) / (side * side);
      addColour(pixels, at, object.data, to, weight * trust(least[x] as number, level));
      addColour(pixels, at, background.data, to, weight * trust(255 - (most[x] as number), 255 - level));
    }
  }
  return { object, background };
}

/** Weight of a pixel's colour by the least mask level around it, and by its own level. */
const TRUST_AROUND = Float64Array.from({ length: 256 }, (_, level) => (level / 255) ** 32);
const TRUST_OWN = Float64Array.from({ length: 256 }, (_, level) => FALLBACK * (level / 255) ** 8);

function trust(least: number, level: number): number {
  const around = TRUST_AROUND[least] as number;
  return around + (TRUST_OWN[level] as number) * (1 - around);
}

function addColour({ data, channels }: Pixels, at: number, out: Float32Array, to: number, weight: number): void {
  if (weight === 0) return;
  const from = at * channels;
  const green = channels < 3 ? from : from + 1;
  const blue = channels < 3 ? from : from + 2;
  out[to] = (out[to] as number) + weight * (data[from] as number);
  out[to + 1] = (out[to + 1] as number) + weight * (data[green] as number);
  out[to + 2] = (out[to + 2] as number) + weight * (data[blue] as number);
  out[to + 3] = (out[to + 3] as number) + weight;
}

/** The opacity of a pixel before the cut, from 0 to 1. */
function opacityOf({ data, channels }: Pixels, at: number): number {
  return channels === 2 || channels === 4 ? (data[at * channels + channels - 1] as number) / 255 : 1;
}

/** Copies a pixel's colour and sets its opacity. @returns whether any of it is visible */
function copyVisible(pixels: Pixels, alpha: Pixels, at: number, out: Buffer): boolean {
  const opacity = Math.round((alpha.data[at] as number) * opacityOf(pixels, at));
  if (opacity === 0) return false;
  const { data, channels } = pixels;
  const from = at * channels;
  out[at * 4] = data[from] as number;
  out[at * 4 + 1] = data[channels < 3 ? from : from + 1] as number;
  out[at * 4 + 2] = data[channels < 3 ? from : from + 2] as number;
  out[at * 4 + 3] = opacity;
  return true;
}

/**
 * Replaces a mixed colour.
 * @param out RGBA, changed at `to`
 * @param known the object's colour and weight, then the background's
 * @param level of the mask, from 0 to 1
 * @param trusted how far the mask is trusted, from 0 to 1
 */
function unmix(out: Buffer, to: number, known: Float32Array, level: number, trusted: number): void {
  if (known[3] === 0 || known[7] === 0) return;
  let [along, apart] = [0, TOLD_APART];
  for (let n = 0; n < 3; n++) {
    const difference = (known[n] as number) - (known[4 + n] as number);
    const left = (out[to + n] as number) - (known[4 + n] as number) - level * difference;
    along += left * difference;
    apart += difference ** 2;
  }
  // On the line from the background (0) to the object (1), the pixel is at `level + off`. No new colour may lie beyond
  // the object's.
  const off = along / apart;
  const beyond = Math.min(level * trusted * off, Math.max(0, level + off - 1));
  for (let n = 0; n < 3; n++) {
    const difference = (known[n] as number) - (known[4 + n] as number);
    const left = (out[to + n] as number) - (known[4 + n] as number) - level * difference;
    const colour = (known[n] as number) + beyond * difference + level * (left - off * difference);
    out[to + n] = Math.max(0, Math.min(255, Math.round(colour)));
  }
}
