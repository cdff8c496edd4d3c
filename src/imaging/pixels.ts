import sharp, { type ResizeOptions, type Sharp } from 'sharp';

/** Pixels. */
export interface Size {
  width: number;
  height: number;
}

/** Decoded pixels, 8 bits a channel, row by row: gray, gray and alpha, RGB or RGBA. */
export interface Pixels extends Size {
  data: Buffer;
  channels: 1 | 2 | 3 | 4;
  /** What is to be known of how they came about, such as `cutoutMethod`. */
  facts?: Record<string, string>;
}

/** A new graph over pixels that another has made. */
export function graphOfPixels({ data, width, height, channels }: Pixels): Sharp {
  // Gray pixels come as one channel; without this a coloured background painted on them would be gray too.
  return sharp(data, { raw: { width, height, channels } }).pipelineColourspace('srgb');
}

/**
 * Runs a graph to pixels.
 * @param time milliseconds after which it is stopped, to the second; without it the graph's own timeout holds
 */
export async function toPixels(graph: Sharp, time?: number): Promise<Pixels> {
  const timed = time === undefined ? graph : graph.timeout({ seconds: Math.max(1, Math.ceil(time / 1_000)) });
  const { data, info } = await timed.raw().toBuffer({ resolveWithObject: true });
  return { data, width: info.width, height: info.height, channels: info.channels };
}

/** A resized RGB copy. Transparent areas become white, as viewers show them; gray becomes three channels. */
export function flattenedCopy(pixels: Pixels, size: ResizeOptions): Promise<Pixels> {
  const flat = graphOfPixels(pixels).flatten({ background: '#ffffff' }).toColourspace('srgb');
  return toPixels(flat.resize(size));
}

/** From this on boxes come within three levels of the Gaussian, and take a tenth of the time. */
const BY_BOXES = 8;

/**
 * Blurs with a Gaussian of this many pixels and leaves flat areas as they are. (sharp's default, integer masks, moves
 * them by up to six levels.)
 */
export function gaussian(graph: Sharp, sigma: number): Sharp {
  return graph.blur({ sigma, precision: sigma < BY_BOXES ? 'float' : 'approximate' });
}

/** `#rgb`, `#rgba`, `#rrggbb` or `#rrggbbaa` → levels of 255, three or four. */
export function levelsOf(colour: string): number[] {
  const hex = colour.slice(1);
  const pairs = hex.length <= 4 ? [...hex].map((digit) => digit + digit) : (hex.match(/../g) ?? []);
  return pairs.map((pair) => Number.parseInt(pair, 16));
}
