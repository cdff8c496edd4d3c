import sharp, { type OutputInfo, type Sharp } from 'sharp';
import { Problem } from '#platform/problems';
import { TIMES } from '#platform/times';
import { passes } from './chain.ts';
import { contentType, encode, type Output, outputFormat } from './encode.ts';
import { asProblem } from './engine-problem.ts';
import type { Size } from './operation.ts';
import { type OperationName, operationOf, type Step } from './registry.ts';

// A server's pictures differ; libvips' cache of operations would only hold memory.
sharp.cache(false);

/** Part of every ETag: a new sharp or libvips may make other bytes of the same request. */
export const ENGINE_VERSION = `sharp ${sharp.versions.sharp}, libvips ${sharp.versions.vips}, obscura 1`;

export interface Limits {
  /** Pixels (width × height) coming in, and going out or in between. */
  maxPixels: number;
  /** Milliseconds until the work is stopped. */
  deadline: number;
}

export const DEFAULT_LIMITS: Limits = { maxPixels: 50_000_000, deadline: TIMES.work };

export interface Transformed extends Size {
  bytes: Buffer;
  contentType: string;
  /**
   * Milliseconds: `decode` reading the header; `apply` passes whose pixels were handed on; `encode` the last pass,
   * in which sharp, being lazy, does the remaining decoding and operations too.
   */
  timings: { decode: number; apply: number; encode: number };
}

/** The picture as it came; its size is the upright one. */
interface Encoded extends Size {
  data: Buffer;
}

/** Pixels on their way from one graph to the next. */
interface Pixels extends Size {
  data: Buffer;
  channels: OutputInfo['channels'];
}

/**
 * Runs operations on an encoded picture in the order given: one decode, one encode. EXIF orientation is applied
 * first, colours become sRGB, metadata is dropped.
 * @throws Problem `picture-damaged`, `too-many-pixels` or `timed-out`
 */
export async function transform(
  input: Buffer,
  steps: Step[],
  output: Output,
  limits: Limits = DEFAULT_LIMITS,
): Promise<Transformed> {
  try {
    return await run(input, steps, output, limits);
  } catch (error) {
    throw asProblem(error);
  }
}

/**
 * Runs one operation; `options` are its own and the output's together, as a single function's caller gives them.
 * @throws as {@link transform}
 */
export function transformOne(
  input: Buffer,
  operation: OperationName,
  options: Record<string, unknown>,
): Promise<Transformed> {
  const { format, quality, matte, ...own } = options as Output & Record<string, unknown>;
  return transform(input, [{ operation, options: own }], { format, quality, matte });
}

async function run(input: Buffer, steps: Step[], output: Output, limits: Limits): Promise<Transformed> {
  const started = performance.now();
  const header = await sharp(input, { limitInputPixels: limits.maxPixels }).metadata();
  checkBounds(header.autoOrient, steps, limits.maxPixels);
  const chosen = overruled(steps, output);
  const format = outputFormat(chosen, header.format === 'heif' ? 'avif' : header.format);
  const flatten = format === 'jpeg' && mayHaveAlpha(header.hasAlpha, steps);
  const decoded = performance.now();

  const runs = passes(steps);
  // sharp would flatten before everything else; transparency that a step adds needs a graph of its own.
  const last = flatten ? [] : (runs.pop() ?? []);
  const open = (pixels: Pixels | undefined, pass: Step[]): Sharp =>
    graphOf(pixels ?? { ...header.autoOrient, data: input }, pass, limits.maxPixels, started + limits.deadline);
  let pixels: Pixels | undefined;
  for (const pass of runs) pixels = await toPixels(open(pixels, pass));

  const applied = performance.now();
  const graph = open(pixels, last);
  const done = encode(flatten ? graph.flatten({ background: chosen.matte ?? '#ffffff' }) : graph, format, chosen);
  const { data, info } = await done.toBuffer({ resolveWithObject: true });
  const timings = { decode: decoded - started, apply: applied - decoded, encode: performance.now() - applied };
  return { bytes: data, contentType: contentType(format), width: info.width, height: info.height, timings };
}

/** The encoder's options: the request's own, over which each `convert` in the chain has the last word. */
function overruled(steps: Step[], output: Output): Output {
  const converts = steps.filter((step) => step.operation === 'convert');
  return Object.assign({}, output, ...converts.map((step) => step.options));
}

function mayHaveAlpha(hasAlpha: boolean | undefined, steps: Step[]): boolean {
  return hasAlpha === true || steps.some((step) => operationOf(step).addsAlpha?.(step.options) === true);
}

/** Refuses before any pixel work what would grow too large on the way. */
function checkBounds(before: Size, steps: Step[], maxPixels: number): void {
  let size = before;
  for (const step of steps) {
    size = operationOf(step).bound(size, step.options);
    if (size.width * size.height <= maxPixels) continue;
    throw new Problem(
      'too-many-pixels',
      `${step.operation} would make ${size.width} × ${size.height} pixels; at most ${maxPixels / 1_000_000} million are allowed.`,
    );
  }
}

/** A graph over the encoded input or over handed-on pixels, with a pass applied and the deadline set. */
function graphOf(source: Encoded | Pixels, pass: Step[], maxPixels: number, deadline: number): Sharp {
  const seconds = Math.ceil((deadline - performance.now()) / 1_000);
  if (seconds <= 0) throw new Problem('timed-out', 'The work took too long and was stopped.');
  const { data, width, height } = source;
  const start =
    'channels' in source
      ? sharp(data, { raw: { width, height, channels: source.channels } })
          // Gray pixels come as one channel; without this a coloured background painted on them would be gray too.
          .pipelineColourspace('srgb')
      : sharp(data, { limitInputPixels: maxPixels, autoOrient: true });
  const before = { width, height };
  return pass.reduce((graph, step) => operationOf(step).apply(graph, step.options, before), start).timeout({ seconds });
}

async function toPixels(graph: Sharp): Promise<Pixels> {
  const { data, info } = await graph.raw().toBuffer({ resolveWithObject: true });
  return { data, width: info.width, height: info.height, channels: info.channels };
}
