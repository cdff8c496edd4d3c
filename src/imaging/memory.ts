import { type Coded, decoderBytes } from '#decoding/decoder-bytes';
import { type Output, outputFormat } from './encode.ts';
import type { OutputFormat } from './operations/convert.ts';
import type { Size } from './pixels.ts';
import { overruled } from './plan.ts';
import { type OperationName, operationOf, type Step } from './registry.ts';

/** What a header says of the memory that its pixels need. */
export interface Decoded extends Coded {
  upright: Size;
  hasAlpha: boolean;
}

/** Bytes a pixel that an encoder holds (bench/memory); the others work row by row. */
const ENCODERS: Record<OutputFormat, number> = { jpeg: 0.5, png: 0.5, webp: 4.5, avif: 28 };

/**
 * Estimates the most bytes that a chain holds at once: while decoding, the decoder's and a copy of the pixels; then
 * what the step that holds most does; and the encoder's.
 */
export function bytesOf(picture: Decoded, steps: Step[], output: Output, overlays: Decoded[] = []): number {
  let size = picture.upright;
  let alpha = picture.hasAlpha;
  const decoders = [picture, ...overlays].reduce((sum, one) => sum + decoderBytes(one), 0);
  let most = decoders + size.width * size.height * (alpha ? 4 : 3);
  for (const step of steps) {
    const operation = operationOf(step);
    const after = operation.maxOutputSize(size, step.options);
    alpha ||= operation.addsAlpha?.(step.options) === true;
    const handedOn = steps.length > 1 ? 1 : 0;
    const pixels = Math.max(size.width * size.height, after.width * after.height);
    most = Math.max(most, pixels * (alpha ? 4 : 3) * (operation.held(step.options, size) + handedOn));
    size = after;
  }
  return Math.ceil(most + size.width * size.height * ENCODERS[outputFormat(overruled(steps, output), picture.format)]);
}

/** As {@link bytesOf}, of one operation whose options stand beside the output's. */
export function bytesOfOne(picture: Decoded, operation: OperationName, options: Record<string, unknown>): number {
  return bytesOf(picture, [{ operation, options }], options as Output);
}
