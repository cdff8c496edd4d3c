import { z } from 'zod';
import { booleanOption, colourOption, enumOption, numberOption } from '#platform/options';
import { defineOperation, type Size, SLOT } from '../operation.ts';

const side = numberOption({ min: 1, max: 16_384, int: true, unit: 'px' });

const options = z
  .object({
    width: side.optional(),
    height: side.optional(),
    fit: enumOption(['cover', 'contain', 'inside', 'outside', 'fill'])
      .default('cover')
      .describe('cover crops, contain pads, inside and outside keep the shape, fill stretches'),
    enlarge: booleanOption().default(true).describe('false: never larger than it came'),
    background: colourOption().default('#00000000').describe('padding of contain'),
  })
  .refine((chosen) => chosen.width !== undefined || chosen.height !== undefined, {
    message: 'Resize needs "width" or "height" (or both).',
  });

type Chosen = z.output<typeof options>;

/** One side given: the other keeps the shape. Both: the fit decides. */
function bound(before: Size, { width, height, fit }: Chosen): Size {
  const byWidth = (width ?? 0) / before.width;
  const byHeight = (height ?? 0) / before.height;
  if (width !== undefined && height !== undefined && fit !== 'outside') return { width, height };
  const scale = Math.max(byWidth, byHeight);
  return { width: Math.ceil(before.width * scale), height: Math.ceil(before.height * scale) };
}

/** Scales with Lanczos; never distorts unless `fit=fill`. */
export const resize = defineOperation({
  summary: 'Resize to a width, a height or a box',
  options,
  slot: () => SLOT.resize,
  bound,
  addsAlpha: ({ fit, width, height }) => fit === 'contain' && width !== undefined && height !== undefined,
  apply: (graph, { width, height, fit, enlarge, background }) =>
    graph.resize({
      ...(width !== undefined && { width }),
      ...(height !== undefined && { height }),
      fit,
      background,
      withoutEnlargement: !enlarge,
    }),
});
