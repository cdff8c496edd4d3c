import { encode } from 'blurhash';
import * as z from 'zod';
import { numberOption } from '#contract/options';
import { defineOperation } from '../operation.ts';
import { graphOfPixels } from '../pixels.ts';

const parts = numberOption({ min: 1, max: 9, int: true });

const options = z.object({
  x: parts.default(4).describe('how much detail across'),
  y: parts.default(3).describe('how much detail down'),
});

/** Enough pixels for nine components per axis. */
const SIDE = 48;

/** A BlurHash: about thirty characters from which a page draws a blurred preview until the picture has loaded. */
export const placeholder = defineOperation({
  summary: 'Answer with a BlurHash, as JSON',
  options,
  held: () => 1.5,
  maxOutputSize: (before) => before,
  describe: async (pixels, _file, { x, y }) => {
    const { width, height } = pixels;
    const { data, info } = await graphOfPixels(pixels)
      .resize(SIDE, SIDE, { fit: 'inside', withoutEnlargement: true })
      .toColourspace('srgb')
      .flatten({ background: '#ffffff' })
      .ensureAlpha()
      .raw()
      .toBuffer({ resolveWithObject: true });
    return { blurhash: encode(new Uint8ClampedArray(data), info.width, info.height, x, y), width, height };
  },
});
