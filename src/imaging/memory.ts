import { type Coded, decoderBytes } from '#decoding/decoder-bytes';
import { type Output, outputFormat } from './encode.ts';
import type { OutputFormat } from './operations/convert.ts';
import type { Size } from './pixels.ts';
import { isScalable, onLoadOf, overruled } from './plan.ts';
import { type OperationName, operationOf, type Step } from './registry.ts';

/** What a header says of the memory that its pixels need. */
export interface Decoded extends Coded {
  upright: Size;
  hasAlpha: boolean;
  /** libvips' name of the colour space. */
  space?: string;
}

/** Bytes a pixel that an encoder holds (bench/memory); the others work row by row. */
const ENCODERS: Record<OutputFormat, number> = { jpeg: 0.5, png: 1, webp: 4.5, avif: 28 };

/** Bytes a pixel that are held while a JPEG's decoder scales down (bench/memory, `resize:width=1024`). */
const ON_LOAD = 1.3;

/**
 * Estimates the most bytes that a chain holds at once: while decoding, the decoder's and a copy of the pixels; then
 * what the step that holds most does; and the encoder's.
 */
export function bytesOf(picture: Decoded, steps: Step[], output: Output, overlays: Decoded[] = []): number {
  let size = picture.upright;
  let alpha = picture.hasAlpha;
  const decoders = [picture, ...overlays].reduce((sum, one) => sum + decoderBytes(one), 0);
  const [first] = steps;
  const onLoad = first && isScalable(picture) && onLoadOf(first, size) !== undefined;
  let most = decoders + size.width * size.height * (onLoad ? ON_LOAD : alpha ? 4 : 3);
  for (const step of steps) {
    const operation = operationOf(step);
    const after = operation.maxOutputSize(size, step.options);
    alpha ||= operation.addsAlpha?.(step.options) === true;
    const handedOn = steps.length > 1 ? 1 : 0;
    const before = onLoad && step === first ? after : size;
    const pixels = Math.max(before.width * before.height, after.width * after.height);
    most = Math.max(most, pixels * (alpha ? 4 : 3) * (operation.held(step.options, size) + handedOn));
    size = after;
  }
  return Math.ceil(most + size.width * size.height * ENCODERS[outputFormat(overruled(steps, output), picture.format)]);
}

/** As {@link bytesOf}, of one operation whose options stand beside the output's. */
export function bytesOfOne(picture: Decoded, operation: OperationName, options: Record<string, unknown>): number {
  return bytesOf(picture, [{ operation, options }], options as Output);
}
