import * as z from 'zod';
import { enumOption, numberOption } from '#contract/options';
import { Problem } from '#contract/problems';
import { denoise as denoised } from '../kernels/denoise.ts';
import { defineOperation } from '../operation.ts';
import { graphOfPixels, type Pixels, toPixels } from '../pixels.ts';

const options = z.object({
  mode: enumOption(['auto', 'median', 'bilateral', 'nlm'])
    .default('auto')
    .describe(
      'auto estimates the noise and picks; median is for salt and pepper; ' +
        'nlm (non-local means) takes twice as long as bilateral and is best on smooth pictures',
    ),
  strength: numberOption({ min: 0, max: 3 })
    .default(1)
    .describe('factor on the estimated noise, for bilateral and nlm'),
  size: numberOption({ min: 3, max: 9, int: true, unit: 'px' }).default(3).describe('window of median'),
});

/** Larger pictures are refused, since the kernels take about 0.1 s (bilateral) and 0.2 s (nlm) per megapixel. */
const MAX_PIXELS = 25_000_000;

/** Removes noise. */
export const denoise = defineOperation({
  summary: 'Remove noise',
  examples: ['median', 'bilateral', 'auto'],
  options,
  held: ({ mode }) => ({ median: 4.4, bilateral: 5, auto: 6, nlm: 6 })[mode],
  maxOutputSize: (before, { mode }) => {
    if (mode === 'median' || before.width * before.height <= MAX_PIXELS) return before;
    const most = `denoise with mode=${mode} takes at most ${MAX_PIXELS / 1_000_000} million pixels`;
    throw new Problem('too-many-pixels', `${most}; resize first, or use mode=median.`);
  },
  work: async (pixels, { mode, strength, size }, { time }) =>
    mode === 'median' ? median(pixels, size, time) : denoised(pixels, { mode, strength }),
});

/**
 * Median filter. If the picture is smaller than the window, uses the largest odd window that fits; below 3 px per
 * side, the picture is unchanged.
 */
async function median(pixels: Pixels, size: number, time: number): Promise<Pixels> {
  const most = Math.min(size, pixels.width, pixels.height);
  const window = most === size ? size : most - ((most + 1) % 2);
  return window < 3 ? pixels : toPixels(graphOfPixels(pixels).median(window), time);
}
