import * as z from 'zod';
import { engine } from '#decoding/engine';
import { survey } from '../kernels/visible.ts';
import { defineOperation } from '../operation.ts';

/**
 * Describes a picture as data: the input file, and the pixels at this point of the chain. Fully transparent pixels do
 * not count; if there are no others, `dominant` is black.
 */
export const info = defineOperation({
  summary: 'Answer with what the picture is, as JSON',
  options: z.object({}),
  held: () => 3.9,
  maxOutputSize: (before) => before,
  describe: async (pixels, file) => {
    const header = await engine()(file).metadata();
    const { facts = {}, data, width, height, channels } = survey(pixels);
    const { entropy, sharpness } = await engine()(data, { raw: { width, height, channels } }).stats();
    return {
      file: {
        format: header.format === 'heif' ? 'avif' : header.format,
        bytes: file.length,
        width: header.width,
        height: header.height,
        orientation: header.orientation ?? 1,
        bitsPerSample: header.bitsPerSample,
        colours: header.space,
        frames: header.pages ?? 1,
        density: header.density,
        hasProfile: header.icc !== undefined,
        hasExif: header.exif !== undefined,
      },
      width,
      height,
      opaque: facts.opaque === 'true',
      dominant: facts.dominant,
      entropy: round(entropy),
      sharpness: round(sharpness),
      noise: round(Number(facts.noise)),
    };
  },
});

function round(value: number): number {
  return Math.round(value * 1_000) / 1_000;
}
