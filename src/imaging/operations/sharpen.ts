import * as z from 'zod';
import { numberOption } from '#contract/options';
import { defineOperation, ORDER } from '../operation.ts';

const options = z.object({
  sigma: numberOption({ min: 0.3, max: 10, unit: 'px' }).default(1).describe('how wide the edges are'),
  amount: numberOption({ min: 0, max: 10 }).default(1).describe('how much edges gain; flat areas gain half of it'),
});

/** Unsharp mask on lightness only, so that colours do not shift. */
export const sharpen = defineOperation({
  summary: 'Sharpen edges',
  examples: ['1'],
  options,
  order: () => ORDER.alone,
  held: () => 2.4,
  maxOutputSize: (before) => before,
  apply: (graph, { sigma, amount }) => graph.sharpen({ sigma, m1: amount / 2, m2: amount * 2 }),
});
