import * as z from 'zod';
import { colourOption, numberOption } from '#platform/options';
import { defineOperation, SLOT } from '../operation.ts';

const options = z.object({
  threshold: numberOption({ min: 0, max: 255, unit: 'levels' })
    .default(10)
    .describe('how far from the border colour still counts as border'),
  background: colourOption().optional().describe('the border colour; without it that of the top left pixel'),
});

/** Removes a border of one colour; a picture that is all border stays as it is. */
export const trim = defineOperation({
  summary: 'Remove a border of one colour',
  options,
  slot: () => SLOT.alone,
  bound: (before) => before,
  apply: (graph, { threshold, background }) => graph.trim({ threshold, ...(background && { background }) }),
});
