import sharp from 'sharp';
import * as z from 'zod';
import { booleanOption, colourOption, enumOption, numberOption } from '#platform/options';
import { GRAVITIES } from '../gravity.ts';
import { defineOperation, type Size, SLOT } from '../operation.ts';

const side = numberOption({ min: 1, max: 16_384, int: true, unit: 'px' });

const options = z
  .object({
    width: side.optional(),
    height: side.optional(),
    fit: enumOption(['cover', 'contain', 'inside', 'outside', 'fill'])
      .default('cover')
      .describe('cover crops, contain pads, inside and outside keep the shape, fill stretches'),
    position: enumOption([...GRAVITIES, 'attention', 'entropy'])
      .default('centre')
      .describe('what cover keeps and where contain puts it; attention and entropy look for what matters (cover)'),
    enlarge: booleanOption()
      .default(true)
      .describe(
        'false: never larger than it came; the middle of what is enlarged lies up to half a pixel further right and down',
      ),
    background: colourOption().prefault('transparent').describe('padding of contain'),
  })
  .refine((chosen) => chosen.width !== undefined || chosen.height !== undefined, {
    message: 'Resize needs "width" or "height" (or both).',
  });

type Chosen = z.output<typeof options>;

/** Both sides given: the box, which `outside` may exceed. One: the other keeps the shape, which `fill` does not. */
function bound(before: Size, { width, height, fit }: Chosen): Size {
  if (fit === 'fill') return { width: width ?? before.width, height: height ?? before.height };
  if (width !== undefined && height !== undefined && fit !== 'outside') return { width, height };
  const scale = Math.max((width ?? 0) / before.width, (height ?? 0) / before.height);
  return { width: Math.ceil(before.width * scale), height: Math.ceil(before.height * scale) };
}

/** Scales with Lanczos; never distorts unless `fit=fill`. */
export const resize = defineOperation({
  summary: 'Resize to a width, a height or a box',
  options,
  slot: () => SLOT.resize,
  bound,
  addsAlpha: ({ fit, width, height }) => fit === 'contain' && width !== undefined && height !== undefined,
  apply: (graph, { width, height, fit, position, enlarge, background }) =>
    graph.resize({
      ...(width !== undefined && { width }),
      ...(height !== undefined && { height }),
      fit,
      position: position === 'attention' || position === 'entropy' ? sharp.strategy[position] : position,
      background,
      withoutEnlargement: !enlarge,
    }),
});
