import * as z from 'zod';
import { colourOption, numberOption } from '#contract/options';
import { defineOperation, ORDER } from '../operation.ts';

const side = numberOption({ min: 0, max: 16_384, int: true, unit: 'px' });

const options = z.object({
  all: side.default(0).describe('on every side that has no figure of its own'),
  top: side.optional(),
  right: side.optional(),
  bottom: side.optional(),
  left: side.optional(),
  background: colourOption().prefault('transparent'),
});

type Chosen = z.output<typeof options>;

function sides({ all, top = all, right = all, bottom = all, left = all }: Chosen) {
  return { top, right, bottom, left };
}

/** Adds a border. */
export const pad = defineOperation({
  summary: 'Add a border',
  examples: ['3,background=00ff00'],
  options,
  order: () => ORDER.alone,
  held: () => 2.8,
  maxOutputSize: ({ width, height }, chosen) => {
    const { top, right, bottom, left } = sides(chosen);
    return { width: width + left + right, height: height + top + bottom };
  },
  addsAlpha: () => true,
  apply: (graph, chosen) => graph.extend({ ...sides(chosen), background: chosen.background }),
});
