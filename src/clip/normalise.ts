import type { ImageSpec } from './manifest.ts';

/**
 * Turns pixels into the model's input: `(pixel / 255 - mean) / std` in single precision, as planes R, G, B (CHW).
 * @param pixels size × size × 3 bytes, interleaved
 * @param out receives as many numbers as there are bytes
 */
export function normalise(
  pixels: Uint8Array,
  { mean, std }: Pick<ImageSpec, 'mean' | 'std'>,
  out = new Float32Array(pixels.length),
): Float32Array {
  const plane = pixels.length / 3;
  for (let channel = 0; channel < 3; channel += 1) {
    const table = levels(mean[channel] ?? 0, std[channel] ?? 1);
    for (let i = 0; i < plane; i += 1) out[channel * plane + i] = table[pixels[i * 3 + channel] as number] as number;
  }
  return out;
}

/** The 256 possible values of one channel. Every step is rounded to single precision, as in PyTorch. */
function levels(mean: number, std: number): Float32Array {
  const { fround } = Math;
  return Float32Array.from({ length: 256 }, (_, level) =>
    fround(fround(fround(level / 255) - fround(mean)) / fround(std)),
  );
}
