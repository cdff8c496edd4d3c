import * as z from 'zod';
import { numberOption } from '#platform/options';
import { defineOperation, SLOT } from '../operation.ts';

// Below 0.6 px libvips' mask is a single pixel and nothing would happen.
const options = z.object({
  sigma: numberOption({ min: 0.6, max: 100, unit: 'px' })
    .default(2)
    .describe('of the Gaussian; about half the radius seen'),
});

/** Gaussian blur. */
export const blur = defineOperation({
  summary: 'Blur with a Gaussian',
  options,
  slot: () => SLOT.alone,
  bound: (before) => before,
  // With integer masks flat areas move by up to four levels.
  apply: (graph, { sigma }) => graph.blur({ sigma, precision: 'float' }),
});
