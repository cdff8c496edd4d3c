import type { Operation } from './operation.ts';
import { adjust } from './operations/adjust.ts';
import { blur } from './operations/blur.ts';
import { convert } from './operations/convert.ts';
import { crop } from './operations/crop.ts';
import { cutout } from './operations/cutout.ts';
import { denoise } from './operations/denoise.ts';
import { flip } from './operations/flip.ts';
import { grayscale } from './operations/grayscale.ts';
import { info } from './operations/info.ts';
import { pad } from './operations/pad.ts';
import { pixelate } from './operations/pixelate.ts';
import { placeholder } from './operations/placeholder.ts';
import { resize } from './operations/resize.ts';
import { rotate } from './operations/rotate.ts';
import { sharpen } from './operations/sharpen.ts';
import { trim } from './operations/trim.ts';
import { watermark } from './operations/watermark.ts';

export const OPERATION_NAMES = [
  'rotate',
  'resize',
  'crop',
  'trim',
  'flip',
  'grayscale',
  'blur',
  'sharpen',
  'denoise',
  'cutout',
  'pixelate',
  'adjust',
  'pad',
  'watermark',
  'convert',
  'info',
  'placeholder',
] as const;
export type OperationName = (typeof OPERATION_NAMES)[number];

/** Every operation there is. Adding one is adding its file, its name above and its line here. */
export const operations = {
  rotate,
  resize,
  crop,
  trim,
  flip,
  grayscale,
  blur,
  sharpen,
  denoise,
  cutout,
  pixelate,
  adjust,
  pad,
  watermark,
  convert,
  info,
  placeholder,
  // biome-ignore lint/suspicious/noExplicitAny: each operation checks its own options; here only the shape matters
} satisfies Record<OperationName, Operation<any>>;

/** One operation with its checked options. */
export interface Step {
  operation: OperationName;
  options: Record<string, unknown>;
  /** Leave the step out where it cannot be done, instead of failing. */
  optional?: boolean;
  /** The encoded picture it needs besides the one it works on. */
  overlay?: Buffer;
}

/** The operation of a step, seen as any operation. */
export function operationOf(step: Step): Operation {
  return operations[step.operation] as unknown as Operation;
}
