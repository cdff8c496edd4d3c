import type { ResizeOptions, Sharp } from 'sharp';
import * as z from 'zod';
import { booleanOption, colourOption, enumOption, numberOption } from '#contract/options';
import { engine } from '#decoding/engine';
import { GRAVITIES } from '../gravity.ts';
import { enlarge } from '../kernels/enlarge.ts';
import { defineOperation, ORDER } from '../operation.ts';
import type { Size } from '../pixels.ts';
import { graphOfPixels, type Pixels, toPixels } from '../pixels.ts';
import { type ShrinkOnLoad, shrinkOnLoad } from '../shrink-on-load.ts';

const side = numberOption({ min: 1, max: 16_384, int: true, unit: 'px' });
const share = numberOption({ min: 0, max: 1 });

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
    enlarge: booleanOption().default(true).describe('false: never enlarge the picture'),
    background: colourOption().prefault('transparent').describe('padding of contain'),
    focusX: share
      .optional()
      .describe('focal point that cover keeps as near to the middle as it can, from 0 (left) to 1 (right)'),
    focusY: share.optional().describe('the same from 0 (top) to 1 (bottom); either is 0.5 if only the other is given'),
  })
  .refine((chosen) => chosen.width !== undefined || chosen.height !== undefined, {
    message: 'Resize needs "width" or "height" (or both).',
  })
  .refine((chosen) => !hasFocus(chosen) || chosen.fit === 'cover', {
    message: 'A focal point ("focusX", "focusY") needs "fit" to be cover: nothing else crops.',
  })
  .refine((chosen) => !hasFocus(chosen) || chosen.position === 'centre', {
    message: 'A focal point ("focusX", "focusY") takes the place of "position": leave one of them out.',
  });

type Chosen = z.output<typeof options>;

function hasFocus({ focusX, focusY }: { focusX?: number | undefined; focusY?: number | undefined }): boolean {
  return focusX !== undefined || focusY !== undefined;
}

/**
 * With both sides, the result is at most that box, except for `outside`. With one side, the other keeps the aspect
 * ratio, except for `fill`.
 */
function maxOutputSize(before: Size, { width, height, fit }: Chosen): Size {
  if (fit === 'fill') return { width: width ?? before.width, height: height ?? before.height };
  if (width !== undefined && height !== undefined && fit !== 'outside') return { width, height };
  const scale = Math.max((width ?? 0) / before.width, (height ?? 0) / before.height);
  return { width: Math.ceil(before.width * scale), height: Math.ceil(before.height * scale) };
}

/** The size after scaling, before `cover` crops or `contain` pads; rounded as in sharp. */
function scaled(before: Size, { width, height, fit, enlarge }: Chosen): Size {
  if (fit === 'fill') return { width: width ?? before.width, height: height ?? before.height };
  const shrinks = [width && before.width / width, height && before.height / height].filter((one) => one !== undefined);
  const wanted = fit === 'inside' || fit === 'contain' ? Math.max(...shrinks) : Math.min(...shrinks);
  const shrink = enlarge ? wanted : Math.max(1, wanted);
  const side = (length: number): number => Math.max(1, Math.round(length / shrink));
  return { width: side(before.width), height: side(before.height) };
}

function grows(before: Size, chosen: Chosen): boolean {
  const after = scaled(before, chosen);
  return chosen.enlarge && (after.width > before.width || after.height > before.height);
}

/** Scales down with Lanczos and up with a cubic kernel. Keeps the aspect ratio unless `fit=fill`. */
export const resize = defineOperation({
  summary: 'Resize to a width, a height or a box',
  examples: [
    'width=20,height=30,fit=cover',
    'width=25',
    'width=30,height=30,fit=contain,background=0000ff',
    'width=33,height=11,fit=fill',
    'width=18,height=20,position=northwest',
    'width=20,height=10,position=attention',
    'width=20,height=12,focusX=0.9,focusY=0.1',
  ],
  options,
  // Where a focal point lies is known only from the picture's exact size.
  order: (chosen) => (hasFocus(chosen) ? ORDER.alone : ORDER.resize),
  held: (chosen, before) => (grows(before, chosen) ? 3.7 : 1.6),
  maxOutputSize,
  addsAlpha: ({ fit, width, height }) => fit === 'contain' && width !== undefined && height !== undefined,
  // libvips shifts an enlarged picture by half a pixel of the result to the right and down (libvips#4841), so it only
  // shrinks, crops and pads here.
  prepare: (before, chosen) =>
    grows(before, chosen) ? (pixels, time) => enlarged(pixels, scaled(before, chosen), time) : undefined,
  apply: (graph, chosen, before) =>
    hasFocus(chosen) ? croppedToFocus(graph, chosen, before) : graph.resize(resizeOptions(chosen)),
  onLoad: (before, chosen) => {
    const after = scaled(before, chosen);
    const load = shrinkOnLoad(before, after);
    if (!load) return undefined;
    if (hasFocus(chosen)) return (graph) => croppedToFocus(graph, chosen, before, load);
    const { width, height, fit } = chosen;
    const fitted = width !== undefined && height !== undefined && (fit === 'cover' || fit === 'contain');
    // sharp would derive a side that is not given from the decoder's size, which is rounded.
    return (graph) => graph.resize({ ...(fitted ? resizeOptions(chosen) : { ...after, fit: 'fill' }), ...load });
  },
});

function resizeOptions({ width, height, fit, position, enlarge, background }: Chosen): ResizeOptions {
  return {
    ...(width !== undefined && { width }),
    ...(height !== undefined && { height }),
    fit,
    position: position === 'attention' || position === 'entropy' ? engine().strategy[position] : position,
    background,
    withoutEnlargement: !enlarge,
  };
}

/**
 * Scales to cover the box, and cuts the box out around the focal point, within the picture.
 * @param load how the decoder of a JPEG scales down
 */
function croppedToFocus(graph: Sharp, chosen: Chosen, before: Size, load?: ShrinkOnLoad): Sharp {
  const { focusX = 0.5, focusY = 0.5 } = chosen;
  const whole = scaled(before, chosen);
  const width = Math.min(whole.width, chosen.width ?? whole.width);
  const height = Math.min(whole.height, chosen.height ?? whole.height);
  const start = (focus: number, length: number, of: number): number =>
    Math.min(of - length, Math.max(0, Math.round(focus * of - length / 2)));
  const [left, top] = [start(focusX, width, whole.width), start(focusY, height, whole.height)];
  // Not by `outside`: of a JPEG that its decoder scales down, sharp may make it a few pixels narrower or wider.
  return graph.resize({ ...whole, fit: 'fill', ...load }).extract({ left, top, width, height });
}

/** If one side shrinks while the other grows, shrinks first. */
async function enlarged(pixels: Pixels, size: Size, time: number): Promise<Pixels> {
  const [width, height] = [Math.min(pixels.width, size.width), Math.min(pixels.height, size.height)];
  const narrow = graphOfPixels(pixels).resize(width, height, { fit: 'fill' });
  const shrinks = width < pixels.width || height < pixels.height;
  return enlarge(shrinks ? await toPixels(narrow, time) : pixels, size);
}
