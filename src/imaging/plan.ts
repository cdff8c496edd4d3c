import type { Sharp } from 'sharp';
import { Problem } from '#contract/problems';
import { engine } from '#decoding/engine';
import { checkEncoder, isTooLong, type Output, outputFormat } from './encode.ts';
import type { OutputFormat } from './operations/convert.ts';
import type { Size } from './pixels.ts';
import { type OperationName, operationOf, type Step } from './registry.ts';

/** Facts from a picture's header. */
export interface Header {
  /** After EXIF orientation, in pixels. */
  upright: Size;
  /** `heif` means AVIF. */
  format: string;
  hasAlpha: boolean;
  /** libvips' name of the colour space, such as `srgb` or, with 16 bits, `rgb16` and `grey16`. */
  space?: string;
}

/** The plan of a transform, derived from the header alone. */
export interface Plan {
  /** After EXIF orientation. */
  size: Size;
  chosen: Output;
  format: OutputFormat;
  /** Whether to flatten transparency onto a colour before encoding. */
  flatten: boolean;
  /** Whether the result may exceed the format's longest side, so that its exact size must be known before encoding. */
  mayBeTooLong: boolean;
  /** Whether no step computes new pixels, so that a JPEG keeps its quality. */
  keepsPixels: boolean;
  /** Whether the result is meant to have large transparent areas. */
  cleared: boolean;
  /** The colour space for keeping all 16 bits, if possible; it is not once a step returns pixels. */
  deep: DeepSpace | undefined;
  steps: Step[];
  /** Optional steps that cannot be applied to this picture. */
  skipped: OperationName[];
}

export type DeepSpace = 'rgb16' | 'grey16';

function deepSpace({ format, space }: Header, out: OutputFormat, steps: Step[]): DeepSpace | undefined {
  if (out !== 'png' || !['png', 'tiff'].includes(format) || (space !== 'rgb16' && space !== 'grey16')) return undefined;
  return steps.every((step) => operationOf(step).exact?.(step.options) === true) ? space : undefined;
}

/** Whether a picture is a JPEG in colour, which its decoder may scale down. */
export function isScalable({ format, space }: { format: string; space?: string }): boolean {
  return format === 'jpeg' && space === 'srgb';
}

/** The first step on a scalable picture, if its decoder may scale down for it. @param before the picture's size */
export function onLoadOf(step: Step, before: Size): ((graph: Sharp) => Sharp) | undefined {
  const operation = operationOf(step);
  return 'onLoad' in operation ? operation.onLoad?.(before, step.options) : undefined;
}

/** Operations that leave most pixels unchanged. */
const MOVES_PIXELS: readonly OperationName[] = ['rotate', 'flip', 'crop', 'trim', 'pad', 'convert'];

/** Reads a header. @throws Error of sharp */
export async function readHeader(bytes: Buffer): Promise<Header> {
  const { autoOrient, format, hasAlpha, space } = await engine()(bytes, { limitInputPixels: false }).metadata();
  return { upright: autoOrient, format, hasAlpha, space };
}

/**
 * Plans a transform, and refuses what is known to be too large before any pixel work. @throws Problem
 * `too-many-pixels`
 */
export function makePlan(header: Header, requested: Step[], output: Output, maxPixels: number): Plan {
  const { upright, format, hasAlpha } = header;
  if (upright.width * upright.height > maxPixels) {
    const size = `${upright.width} × ${upright.height}`;
    throw new Problem(
      'too-many-pixels',
      `The picture has ${size} pixels; at most ${maxPixels / 1_000_000} million are allowed here.`,
    );
  }
  const { steps, skipped, largest } = checkBounds(upright, requested, maxPixels);
  const chosen = overruled(steps, output);
  const cleared = steps.some((step) => operationOf(step).wantsAlpha?.(step.options) === true);
  const out = outputFormat(chosen, cleared ? 'png' : format === 'heif' ? 'avif' : format);
  checkEncoder(out, largest);
  const flatten = out === 'jpeg' && mayHaveAlpha(hasAlpha, steps);
  const keepsPixels = format === 'jpeg' && steps.every((step) => MOVES_PIXELS.includes(step.operation));
  const mayBeTooLong = isTooLong(out, largest);
  const deep = deepSpace(header, out, steps);
  return { size: upright, chosen, format: out, flatten, mayBeTooLong, keepsPixels, cleared, deep, steps, skipped };
}

/** The options of the encoder: those of the request, overridden by each `convert` in the chain. */
export function overruled(steps: Step[], output: Output): Output {
  const converts = steps.filter((step) => step.operation === 'convert');
  return Object.assign({}, output, ...converts.map((step) => step.options));
}

function mayHaveAlpha(hasAlpha: boolean, steps: Step[]): boolean {
  return hasAlpha || steps.some((step) => operationOf(step).addsAlpha?.(step.options) === true);
}

/** Refuses steps that would make the picture too large, or skips them if they are optional. */
function checkBounds(before: Size, requested: Step[], maxPixels: number) {
  const steps: Step[] = [];
  const skipped: OperationName[] = [];
  let largest = before;
  for (const step of requested) {
    try {
      largest = maxOutputSizeOf(step, largest, maxPixels);
      steps.push(step);
    } catch (error) {
      if (!step.optional) throw error;
      skipped.push(step.operation);
    }
  }
  return { steps, skipped, largest };
}

function maxOutputSizeOf(step: Step, before: Size, maxPixels: number): Size {
  const size = operationOf(step).maxOutputSize(before, step.options);
  if (size.width * size.height <= maxPixels) return size;
  const result = `${step.operation} would make ${size.width} × ${size.height} pixels`;
  throw new Problem('too-many-pixels', `${result}; at most ${maxPixels / 1_000_000} million are allowed.`);
}
