import type { Pixels } from '../pixels.ts';
import { addBetween, fillGaps, type WeighedColours } from './fill-gaps.ts';
import { nearby } from './nearby.ts';

export interface ForegroundJob {
  /** How much of each pixel is the object, one channel. */
  mask: Pixels;
  /** The opacity that is wanted, one channel: the mask, or a softened copy. */
  alpha: Pixels;
}

/** Most cells in which colours are gathered: what holds memory down, to some 40 MB, however large the picture is. */
const MAX_CELLS = 1_000_000;
/** Pixels this close to an edge are not trusted: lenses, scaling and chroma subsampling blur edges. */
const REACH = 2;
/** Where the mask is this high all around, it is taken at its word; where it falls to `CROSSED`, an edge passes. */
const INSIDE = 0.8 * 255;
const CROSSED = 0.5 * 255;
/** What pixels at the edge count where there are no better ones, as in hair. */
const FALLBACK = 0.001;
/** Object and background that differ by less, in levels squared, cannot be told apart at an edge. */
const TOLD_APART = 3 * 8 ** 2;

/** Where red, green and blue are in a pixel. */
const COLOUR = [0, 1, 2] as const;
const GRAY = [0, 0, 0] as const;

/**
 * Gives the edge of a cut-out the object's colours in place of mixtures with the background. It follows blur fusion
 * (Forte, "Approximate fast foreground colour estimation", 2021): the colours of object and background are spread into
 * the edge, and what is left of a pixel's colour when both are taken off is added to the
 * object's. Two things differ, for masks are never exact. Only pixels away from the edge are spread, by a pyramid, so
 * that wide edges are filled too; and at an edge what is left along the line between both colours is taken
 * for an error of the mask.
 * @returns RGBA, the size of `pixels`; black where nothing is to be seen
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

/** Colours of what is surely object and surely background, in cells of `side` × `side` pixels. */
function gather(pixels: Pixels, mask: Pixels, side: number): { object: WeighedColours; background: WeighedColours } {
  const { width, height } = pixels;
  const size = { width: Math.ceil(width / side), height: Math.ceil(height / side) };
  const cells = size.width * size.height * 4;
  const object = { ...size, data: new Float32Array(cells) };
  const background = { ...size, data: new Float32Array(cells) };
  const around = nearby(mask, REACH);
  for (let y = 0, at = 0; y < height; y++) {
    const { least, most } = around(y);
    const row = Math.floor(y / side) * size.width;
    for (let x = 0; x < width; x++, at++) {
      const to = (row + Math.floor(x / side)) * 4;
      const level = mask.data[at] as number;
      const weight = opacityOf(pixels, at) / (side * side);
      addColour(pixels, at, object.data, to, weight * trust(least[x] as number, level));
      addColour(pixels, at, background.data, to, weight * trust(255 - (most[x] as number), 255 - level));
    }
  }
  return { object, background };
}

/** How far a pixel's colour is trusted by the least share around it, and by its own; both of 255. */
const TRUST_AROUND = Float64Array.from({ length: 256 }, (_, level) => (level / 255) ** 32);
const TRUST_OWN = Float64Array.from({ length: 256 }, (_, level) => FALLBACK * (level / 255) ** 8);

function trust(least: number, level: number): number {
  const around = TRUST_AROUND[least] as number;
  return around + (TRUST_OWN[level] as number) * (1 - around);
}

function addColour({ data, channels }: Pixels, at: number, out: Float32Array, to: number, weight: number): void {
  if (weight === 0) return;
  const [red, green, blue] = channels < 3 ? GRAY : COLOUR;
  const from = at * channels;
  out[to] = (out[to] as number) + weight * (data[from + red] as number);
  out[to + 1] = (out[to + 1] as number) + weight * (data[from + green] as number);
  out[to + 2] = (out[to + 2] as number) + weight * (data[from + blue] as number);
  out[to + 3] = (out[to + 3] as number) + weight;
}

/** A pixel's own opacity, from 0 to 1. */
function opacityOf({ data, channels }: Pixels, at: number): number {
  return channels === 2 || channels === 4 ? (data[at * channels + channels - 1] as number) / 255 : 1;
}

/** Writes a pixel as it is, and how opaque it is to be. @returns whether anything of it is to be seen */
function copyVisible(pixels: Pixels, alpha: Pixels, at: number, out: Buffer): boolean {
  const opacity = Math.round((alpha.data[at] as number) * opacityOf(pixels, at));
  if (opacity === 0) return false;
  const { data, channels } = pixels;
  const [red, green, blue] = channels < 3 ? GRAY : COLOUR;
  const from = at * channels;
  out[at * 4] = data[from + red] as number;
  out[at * 4 + 1] = data[from + green] as number;
  out[at * 4 + 2] = data[from + blue] as number;
  out[at * 4 + 3] = opacity;
  return true;
}

/**
 * Replaces a mixed colour.
 * @param out RGBA, changed at `to`
 * @param known the object's colour and weight, and the background's
 * @param level what the mask says, from 0 to 1
 * @param trusted how far that is believed, from 0 to 1
 */
function unmix(out: Buffer, to: number, known: Float32Array, level: number, trusted: number): void {
  if (known[3] === 0 || known[7] === 0) return;
  const difference = (n: number): number => (known[n] as number) - (known[4 + n] as number);
  const left = (n: number): number => (out[to + n] as number) - (known[4 + n] as number) - level * difference(n);
  let [along, apart] = [0, TOLD_APART];
  for (let n = 0; n < 3; n++) {
    along += left(n) * difference(n);
    apart += difference(n) ** 2;
  }
  // On the line from the background (0) to the object (1) the pixel lies at `level + off`. Nothing goes beyond the
  // object that was not there before.
  const off = along / apart;
  const beyond = Math.min(level * trusted * off, Math.max(0, level + off - 1));
  for (let n = 0; n < 3; n++) {
    const colour = (known[n] as number) + beyond * difference(n) + level * (left(n) - off * difference(n));
    out[to + n] = Math.max(0, Math.min(255, Math.round(colour)));
  }
}
