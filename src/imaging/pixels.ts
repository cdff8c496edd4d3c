import type { ResizeOptions, Sharp } from 'sharp';
import { engine } from '#decoding/engine';

/** In pixels. */
export interface Size {
  width: number;
  height: number;
}

/** Decoded pixels, 8 bits per channel, row by row: gray, gray with alpha, RGB or RGBA. */
export interface Pixels extends Size {
  data: Buffer;
  channels: 1 | 2 | 3 | 4;
  /** Facts about the result, such as `cutoutMethod`. */
  facts?: Record<string, string>;
}

/** Opens decoded pixels as a sharp graph. */
export function graphOfPixels({ data, width, height, channels }: Pixels): Sharp {
  // Without this, a coloured background painted on a single gray channel would be gray too.
  return engine()(data, { raw: { width, height, channels } }).pipelineColourspace('srgb');
}

/**
 * Runs a graph and returns its pixels.
 * @param time limit in milliseconds, rounded up to seconds; by default the graph's own timeout applies
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

/** From this sigma on, the approximation by boxes is within three levels of the Gaussian, in a tenth of the time. */
const BY_BOXES = 8;

/**
 * Gaussian blur that keeps flat areas unchanged. (sharp's default, integer masks, shifts them by up to six levels.)
 * @param sigma in pixels
 */
export function gaussian(graph: Sharp, sigma: number): Sharp {
  return graph.blur({ sigma, precision: sigma < BY_BOXES ? 'float' : 'approximate' });
}

/** Parses `#rgb`, `#rgba`, `#rrggbb` or `#rrggbbaa` into three or four levels of 255. */
export function levelsOf(colour: string): number[] {
  const hex = colour.slice(1);
  const pairs = hex.length <= 4 ? [...hex].map((digit) => digit + digit) : (hex.match(/../g) ?? []);
  return pairs.map((pair) => Number.parseInt(pair, 16));
}
