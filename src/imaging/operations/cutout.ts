import type { Sharp } from 'sharp';
import * as z from 'zod';
import { booleanOption, colourOption, numberOption } from '#contract/options';
import { Problem } from '#contract/problems';
import { engine } from '#decoding/engine';
import { estimateForeground } from '../kernels/foreground.ts';
import { guidedUpsample } from '../kernels/guided.ts';
import { defineOperation } from '../operation.ts';
import { flattenedCopy, gaussian, graphOfPixels, levelsOf, type Pixels, toPixels } from '../pixels.ts';
import { findObject, METHODS } from '../segmentation/find-object.ts';

const background = z.union([z.literal('blur'), colourOption()]);

const options = z.object({
  background: background.prefault('transparent').meta({
    allowed: 'transparent, blur, or a colour such as #ffffff',
    description: 'what comes behind the object',
  }),
  mask: booleanOption().default(false).describe('true: answer with the mask, white where the object is'),
  feather: numberOption({ min: 0, max: 50, unit: 'px' }).default(0).describe('softens the edge'),
  method: z
    .enum(METHODS)
    .default('model')
    .describe('model: learned from photos; border: by the colours at the edge, for things on plain ground'),
});
type Options = z.output<typeof options>;

/** Larger pictures are refused: the kernels take about 0.2 s per megapixel. */
const MAX_PIXELS = 25_000_000;
/** Bytes that the bundled model holds while it runs, whatever the size of the picture. */
const MODEL_HOLDS = 60 * 2 ** 20;
/** How often the picture is held for each kind of result, without the model. */
const HELD = { transparent: 2.5, mask: 2.5, blur: 5.8, colour: 5 };
/** Longer side of the copy that is blurred for the background, in pixels. Finer detail would not survive the blur. */
const BLUR_SIDE = 480;
/** For smaller values, in pixels, the Gaussian's mask is a single pixel. */
const MIN_FEATHER = 0.6;

function resultOf({ background, mask }: Options): keyof typeof HELD {
  if (mask) return 'mask';
  if (background === '#00000000') return 'transparent';
  return background === 'blur' ? 'blur' : 'colour';
}

const isTransparent = (chosen: Options): boolean => resultOf(chosen) === 'transparent';

/** Removes the background. Pixels at the edge get the object's colour; fully transparent pixels are black. */
export const cutout = defineOperation({
  summary: 'Remove the background',
  examples: ['ffffff,method=border'],
  options,
  held: (chosen, { width, height }) => {
    const model = chosen.method === 'model' ? MODEL_HOLDS / (width * height * (isTransparent(chosen) ? 4 : 3)) : 0;
    return model + HELD[resultOf(chosen)];
  },
  maxOutputSize: (before) => {
    if (before.width * before.height <= MAX_PIXELS) return before;
    const detail = `cutout takes at most ${MAX_PIXELS / 1_000_000} million pixels; resize first.`;
    throw new Problem('too-many-pixels', detail);
  },
  addsAlpha: isTransparent,
  wantsAlpha: isTransparent,
  work: async (pixels, chosen, { segmentation }) => {
    const found = await findObject[chosen.method](pixels, segmentation);
    const facts = { cutoutMethod: found.method };
    const mask = guidedUpsample(pixels, found);
    const alpha = chosen.feather < MIN_FEATHER ? mask : await blurredMask(mask, chosen.feather);
    if (chosen.mask) return { ...alpha, facts };
    const object = estimateForeground(pixels, { mask, alpha });
    if (isTransparent(chosen)) return { ...object, facts };
    const { data, width, height } = object;
    const overlay = { input: data, raw: { width, height, channels: 4 as const } };
    const behind = await backgroundOf(pixels, chosen.background);
    return { ...(await toPixels(behind.composite([overlay]).removeAlpha())), facts };
  },
});

/** Softens the edge of a mask. Flat areas keep their levels. */
function blurredMask({ data, width, height }: Pixels, sigma: number): Promise<Pixels> {
  return toPixels(gaussian(engine()(data, { raw: { width, height, channels: 1 } }).toColourspace('b-w'), sigma));
}

/** A graph of the picture's size: one colour, or the picture itself, blurred. */
async function backgroundOf(pixels: Pixels, background: string): Promise<Sharp> {
  const { width, height } = pixels;
  if (background !== 'blur') {
    const [r, g, b] = levelsOf(background);
    return engine()({ create: { width, height, channels: 3, background: { r, g, b } } });
  }
  const box = { width: BLUR_SIDE, height: BLUR_SIDE, fit: 'inside', withoutEnlargement: true } as const;
  const small = await flattenedCopy(pixels, box);
  const sigma = Math.max(2, Math.max(small.width, small.height) / 60);
  const blurred = await toPixels(gaussian(graphOfPixels(small), sigma));
  return graphOfPixels(blurred).resize(width, height, { fit: 'fill' });
}
