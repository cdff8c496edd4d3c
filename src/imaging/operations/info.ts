import sharp from 'sharp';
import * as z from 'zod';
import { estimateNoise } from '../kernels/noise.ts';
import { defineOperation } from '../operation.ts';
import { graphOfPixels } from '../pixels.ts';
import { visibleOf, withoutHidden } from '../visible.ts';

/**
 * What a picture is, as data: of the file as it came, and of the pixels as they are at this point of the chain. Wholly
 * transparent pixels do not count; where there are no others, `dominant` is black.
 */
export const info = defineOperation({
  summary: 'Answer with what the picture is, as JSON',
  options: z.object({}),
  held: () => 3.9,
  bound: (before) => before,
  describe: async (pixels, file) => {
    const header = await sharp(file).metadata();
    const { dominant = [0, 0, 0], opaque } = visibleOf(pixels);
    const seen = withoutHidden(pixels, dominant);
    const { entropy, sharpness } = await graphOfPixels(seen)
      .png({ compressionLevel: 0 })
      .toBuffer()
      .then((png) => sharp(png).stats());
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
      width: pixels.width,
      height: pixels.height,
      opaque,
      dominant: hex(dominant),
      entropy: round(entropy),
      sharpness: round(sharpness),
      noise: round(estimateNoise(seen).sigma),
    };
  },
});

function hex(colour: [number, number, number]): string {
  return `#${colour.map((level) => level.toString(16).padStart(2, '0')).join('')}`;
}

function round(value: number): number {
  return Math.round(value * 1_000) / 1_000;
}
