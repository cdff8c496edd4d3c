import * as z from 'zod';
import { numberOption } from '#contract/options';
import { defineOperation } from '../operation.ts';
import { graphOfPixels, toPixels } from '../pixels.ts';

const options = z.object({
  size: numberOption({ min: 2, max: 1_000, int: true, unit: 'px' }).default(16).describe('side of one block'),
});

/** Replaces blocks by their mean colour; the detail cannot be recovered. */
export const pixelate = defineOperation({
  summary: 'Make coarse blocks',
  examples: ['5'],
  options,
  held: () => 4.5,
  maxOutputSize: (before) => before,
  work: async (pixels, { size }, { time }) => {
    const { width, height } = pixels;
    const [columns, rows] = [Math.ceil(width / size), Math.ceil(height / size)];
    // Blocks at the right and bottom edge may be incomplete, so the picture is first extended to whole blocks by
    // repeating its edge.
    const whole = graphOfPixels(pixels).extend({
      right: columns * size - width,
      bottom: rows * size - height,
      extendWith: 'copy',
    });
    const means = graphOfPixels(await toPixels(whole, time)).resize(columns, rows, { fit: 'fill', kernel: 'linear' });
    const blocks = graphOfPixels(await toPixels(means, time)).resize(columns * size, rows * size, {
      fit: 'fill',
      kernel: 'nearest',
    });
    return toPixels(graphOfPixels(await toPixels(blocks, time)).extract({ left: 0, top: 0, width, height }));
  },
});
