import type { Pixels } from '../pixels.ts';
import { estimateNoise } from './noise.ts';

/** 16 levels per channel, enough to find the most common colour. */
const BINS = 16 ** 3;

/** The visible part of a picture. */
interface Visible {
  /** The most common colour, in levels of 255: the mean of the pixels near it. `undefined` if nothing is visible. */
  dominant: [number, number, number] | undefined;
  opaque: boolean;
}

/**
 * Measures the visible part of a picture.
 * @returns the picture of {@link withoutHidden}, with the facts `dominant` (`#rrggbb`), `opaque` and `noise` (standard
 *   deviation, in levels of 255)
 */
export function survey(pixels: Pixels): Pixels {
  const { dominant = [0, 0, 0], opaque } = visibleOf(pixels);
  const seen = withoutHidden(pixels, dominant);
  const noise = estimateNoise(seen).sigma;
  return { ...seen, facts: { dominant: hex(dominant), opaque: String(opaque), noise: String(noise) } };
}

function hex(colour: [number, number, number]): string {
  return `#${colour.map((level) => level.toString(16).padStart(2, '0')).join('')}`;
}

/** Measures all pixels, weighted by opacity. */
function visibleOf({ data, channels }: Pixels): Visible {
  const colours = channels < 3 ? 1 : 3;
  const hasAlpha = channels === 2 || channels === 4;
  // For each bin, the weight and the weighted sums of red, green and blue.
  const bins = new Float64Array(BINS * 4);
  let opaque = true;
  for (let at = 0; at < data.length; at += channels) {
    const alpha = hasAlpha ? (data[at + channels - 1] as number) : 255;
    if (alpha < 255) opaque = false;
    if (alpha === 0) continue;
    const red = data[at] as number;
    const green = colours === 1 ? red : (data[at + 1] as number);
    const blue = colours === 1 ? red : (data[at + 2] as number);
    const bin = (((red >> 4) << 8) | ((green >> 4) << 4) | (blue >> 4)) * 4;
    bins[bin] = (bins[bin] as number) + alpha;
    bins[bin + 1] = (bins[bin + 1] as number) + alpha * red;
    bins[bin + 2] = (bins[bin + 2] as number) + alpha * green;
    bins[bin + 3] = (bins[bin + 3] as number) + alpha * blue;
  }
  return { dominant: heaviest(bins), opaque };
}

function heaviest(bins: Float64Array): Visible['dominant'] {
  let best = 0;
  for (let bin = 0; bin < bins.length; bin += 4) if ((bins[bin] as number) > (bins[best] as number)) best = bin;
  const weight = bins[best] as number;
  if (weight === 0) return undefined;
  const mean = (n: number): number => Math.round((bins[best + n] as number) / weight);
  return [mean(1), mean(2), mean(3)];
}

/** Replaces fully transparent pixels by one colour, and removes the alpha channel. */
function withoutHidden(pixels: Pixels, [red, green, blue]: [number, number, number]): Pixels {
  const { data, channels, width, height } = pixels;
  if (channels === 1 || channels === 3) return pixels;
  const out = Buffer.allocUnsafe(width * height * 3);
  for (let from = 0, to = 0; from < data.length; from += channels, to += 3) {
    const hidden = data[from + channels - 1] === 0;
    out[to] = hidden ? red : (data[from] as number);
    out[to + 1] = hidden ? green : (data[channels === 2 ? from : from + 1] as number);
    out[to + 2] = hidden ? blue : (data[channels === 2 ? from : from + 2] as number);
  }
  return { data: out, width, height, channels: 3 };
}
