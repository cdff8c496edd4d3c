import * as z from 'zod';
import { numberOption } from '#contract/options';
import { Problem } from '#contract/problems';
import { defineOperation, ORDER } from '../operation.ts';
import type { Size } from '../pixels.ts';

const side = numberOption({ min: 1, max: 65_535, int: true, unit: 'px' });
const offset = numberOption({ min: 0, max: 65_535, int: true, unit: 'px' });

const options = z.object({
  width: side.optional().describe('to the right edge by default'),
  height: side.optional().describe('to the bottom edge by default'),
  left: offset.optional().describe('centred by default if a width is given'),
  top: offset.optional().describe('centred by default if a height is given'),
});

/** The start and length of the crop along one axis. */
function cut(whole: number, length: number | undefined, start: number | undefined, axis: string): [number, number] {
  const begin = start ?? (length === undefined ? 0 : Math.max(0, Math.floor((whole - length) / 2)));
  const size = length ?? whole - begin;
  if (size > 0 && begin + size <= whole) return [begin, size];
  throw new Problem('option-invalid', `The crop reaches outside the picture, whose ${axis} is ${whole} px here.`, {
    members: { option: axis },
  });
}

/** Cuts out a rectangle; its pixels are unchanged. */
export const crop = defineOperation({
  summary: 'Cut out a rectangle',
  examples: ['width=16,height=8'],
  options,
  // The crop is checked against the size at this step, which only the first step of a graph knows.
  order: () => ORDER.alone,
  exact: () => true,
  held: () => 1,
  maxOutputSize: (before: Size, { width, height }) => ({
    width: Math.min(before.width, width ?? before.width),
    height: Math.min(before.height, height ?? before.height),
  }),
  apply: (graph, { width, height, left, top }, before) => {
    const [x, columns] = cut(before.width, width, left, 'width');
    const [y, rows] = cut(before.height, height, top, 'height');
    return graph.extract({ left: x, top: y, width: columns, height: rows });
  },
});
