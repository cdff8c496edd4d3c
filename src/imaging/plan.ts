import sharp from 'sharp';
import { Problem } from '#contract/problems';
import { checkEncoder, isTooLong, type Output, outputFormat } from './encode.ts';
import type { OutputFormat } from './operations/convert.ts';
import type { Size } from './pixels.ts';
import { type OperationName, operationOf, type Step } from './registry.ts';

/** What a picture's header says. */
export interface Header {
  /** Upright, in pixels. */
  upright: Size;
  /** `heif` is read as AVIF. */
  format: string;
  hasAlpha: boolean;
  /** libvips' name of the colour space, such as `srgb` or, of 16 bits, `rgb16` and `grey16`. */
  space?: string;
}

/** What is to be done, all of it known from the header. */
export interface Plan {
  /** Upright. */
  size: Size;
  chosen: Output;
  format: OutputFormat;
  /** Transparency is to be laid over a colour before encoding. */
  flatten: boolean;
  /** The result may be larger than its format holds: its true size is to be known before it is encoded. */
  mayBeTooLong: boolean;
  /** No step makes new pixels out of old ones: a JPEG keeps the quality it came with. */
  keepsPixels: boolean;
  /** Where all 16 bits can be kept, as long as no step hands pixels on: the colour space in which. */
  deep: DeepSpace | undefined;
  steps: Step[];
  /** Names of optional steps that cannot be done with this picture. */
  skipped: OperationName[];
}

export type DeepSpace = 'rgb16' | 'grey16';

function deepSpace({ format, space }: Header, out: OutputFormat, steps: Step[]): DeepSpace | undefined {
  if (out !== 'png' || !['png', 'tiff'].includes(format) || (space !== 'rgb16' && space !== 'grey16')) return undefined;
  return steps.every((step) => operationOf(step).exact?.(step.options) === true) ? space : undefined;
}

/** Operations after which most pixels are still those that came. */
const MOVES_PIXELS: readonly OperationName[] = ['rotate', 'flip', 'crop', 'trim', 'pad', 'convert'];

/** Reads a header. @throws Error in sharp's words */
export async function readHeader(bytes: Buffer): Promise<Header> {
  const { autoOrient, format, hasAlpha, space } = await sharp(bytes, { limitInputPixels: false }).metadata();
  return { upright: autoOrient, format, hasAlpha, space };
}

/** Refuses, before any pixel work, all that can be known to be too much. @throws Problem `too-many-pixels` */
export function makePlan(header: Header, asked: Step[], output: Output, maxPixels: number): Plan {
  const { upright, format, hasAlpha } = header;
  if (upright.width * upright.height > maxPixels) {
    throw new Problem(
      'too-many-pixels',
      `The picture has ${upright.width} × ${upright.height} pixels; at most ${maxPixels / 1_000_000} million are allowed here.`,
    );
  }
  const { steps, skipped, largest } = checkBounds(upright, asked, maxPixels);
  const chosen = overruled(steps, output);
  const clear = steps.some((step) => operationOf(step).wantsAlpha?.(step.options) === true);
  const out = outputFormat(chosen, clear ? 'png' : format === 'heif' ? 'avif' : format);
  checkEncoder(out, largest);
  const flatten = out === 'jpeg' && mayHaveAlpha(hasAlpha, steps);
  const keepsPixels = format === 'jpeg' && steps.every((step) => MOVES_PIXELS.includes(step.operation));
  const mayBeTooLong = isTooLong(out, largest);
  const deep = deepSpace(header, out, steps);
  return { size: upright, chosen, format: out, flatten, mayBeTooLong, keepsPixels, deep, steps, skipped };
}

/** The encoder's options: the request's own, over which each `convert` in the chain has the last word. */
export function overruled(steps: Step[], output: Output): Output {
  const converts = steps.filter((step) => step.operation === 'convert');
  return Object.assign({}, output, ...converts.map((step) => step.options));
}

function mayHaveAlpha(hasAlpha: boolean, steps: Step[]): boolean {
  return hasAlpha || steps.some((step) => operationOf(step).addsAlpha?.(step.options) === true);
}

/** Refuses, or leaves out, what would grow too large on the way. */
function checkBounds(before: Size, asked: Step[], maxPixels: number) {
  const steps: Step[] = [];
  const skipped: OperationName[] = [];
  let largest = before;
  for (const step of asked) {
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
  throw new Problem(
    'too-many-pixels',
    `${step.operation} would make ${size.width} × ${size.height} pixels; at most ${maxPixels / 1_000_000} million are allowed.`,
  );
}
