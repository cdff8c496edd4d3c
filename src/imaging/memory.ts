import { type Output, outputFormat } from './encode.ts';
import type { Size } from './operation.ts';
import type { OutputFormat } from './operations/convert.ts';
import { type OperationName, operationOf, type Step } from './registry.ts';

/** What a header says of the memory that its pixels need. */
export interface Decoded {
  format: string;
  width: number;
  height: number;
  upright: Size;
  hasAlpha: boolean;
  /** Of a pixel as it is decoded. */
  bands: number;
  bandBytes: number;
  /** The decoder holds all pixels at once. */
  whole: boolean;
}

/** Bytes a pixel that an encoder holds (bench/memory); the others work row by row. */
const ENCODERS: Record<OutputFormat, number> = { jpeg: 0.5, png: 0.5, webp: 4.5, avif: 12 };

/**
 * Estimates the most bytes that a chain holds at once: what the decoder holds, what the step that holds most does, and
 * the encoder.
 */
export function bytesOf(picture: Decoded, steps: Step[], output: Output, others: Decoded[] = []): number {
  let size = picture.upright;
  let most = 0;
  let alpha = picture.hasAlpha;
  for (const step of steps) {
    const operation = operationOf(step);
    const after = operation.bound(size, step.options);
    alpha ||= operation.addsAlpha?.(step.options) === true;
    const handedOn = steps.length > 1 ? 1 : 0;
    const pixels = Math.max(size.width * size.height, after.width * after.height);
    most = Math.max(most, pixels * (alpha ? 4 : 3) * (operation.held(step.options, size) + handedOn));
    size = after;
  }
  const format = outputFormat(output, picture.format);
  const decoders = [picture, ...others].reduce((sum, one) => sum + decoderBytes(one), 0);
  return Math.ceil(decoders + most + size.width * size.height * ENCODERS[format]);
}

/** As {@link bytesOf}, of one operation whose options stand beside the output's. */
export function bytesOfOne(picture: Decoded, operation: OperationName, options: Record<string, unknown>): number {
  return bytesOf(picture, [{ operation, options }], options as Output);
}

function decoderBytes({ width, height, bands, bandBytes, whole, format }: Decoded): number {
  const pixel = bands * bandBytes;
  // A progressive JPEG is held as coefficients of two bytes.
  const held = whole ? width * height * pixel * (format === 'jpeg' ? 2 : 1.5) : width * 64 * pixel;
  // Pixels of more than 8 bits are held as they came before they are made narrower.
  return held + (bandBytes > 1 ? width * height * pixel : 0);
}
