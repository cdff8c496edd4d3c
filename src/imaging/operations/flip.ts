import * as z from 'zod';
import { enumOption } from '#contract/options';
import { defineOperation, ORDER } from '../operation.ts';

const options = z.object({
  direction: enumOption(['horizontal', 'vertical', 'both'])
    .default('horizontal')
    .describe('horizontal swaps left and right'),
});

/** Mirrors the picture. Only moves pixels. */
export const flip = defineOperation({
  summary: 'Mirror left to right, top to bottom, or both',
  examples: ['', 'both'],
  options,
  order: () => ORDER.alone,
  exact: () => true,
  held: () => 3.3,
  maxOutputSize: (before) => before,
  apply: (graph, { direction }) => graph.flop(direction !== 'vertical').flip(direction !== 'horizontal'),
});
