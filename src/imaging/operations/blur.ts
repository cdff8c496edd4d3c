import * as z from 'zod';
import { numberOption } from '#contract/options';
import { defineOperation, ORDER } from '../operation.ts';
import { gaussian } from '../pixels.ts';

// Below 0.6 px, libvips' mask is a single pixel and has no effect.
const options = z.object({
  sigma: numberOption({ min: 0.6, max: 100, unit: 'px' })
    .default(2)
    .describe('of the Gaussian; about half the visible radius'),
});

/** Gaussian blur. */
export const blur = defineOperation({
  summary: 'Blur with a Gaussian',
  examples: ['1.5'],
  options,
  order: () => ORDER.alone,
  held: () => 3.3,
  maxOutputSize: (before) => before,
  apply: (graph, { sigma }) => gaussian(graph, sigma),
});
