import sharp, { type ResizeOptions, type Sharp } from 'sharp';
import * as z from 'zod';
import { booleanOption, colourOption, numberOption } from '#contract/options';
import { Problem } from '#contract/problems';
import { borderMask } from '../kernels/border-mask.ts';
import { estimateForeground } from '../kernels/foreground.ts';
import { guidedUpsample } from '../kernels/guided.ts';
import { defineOperation } from '../operation.ts';
import { gaussian, graphOfPixels, levelsOf, type Pixels, toPixels } from '../pixels.ts';
import { forgetSegmentationModel, runSegmentation, segmentationModel } from '../segmentation/model.ts';

const background = z.union([z.literal('blur'), colourOption()]);

const options = z.object({
  background: background.prefault('transparent').meta({
    allowed: 'transparent, blur, or a colour such as #ffffff',
    description: 'what comes behind the object',
  }),
  mask: booleanOption().default(false).describe('true: the mask itself, white where the object is'),
  feather: numberOption({ min: 0, max: 50, unit: 'px' }).default(0).describe('softens the edge'),
  method: z
    .enum(['model', 'border'])
    .default('model')
    .describe('model: learned from photos; border: by the colours at the edge, for things on plain ground'),
});
type Options = z.output<typeof options>;

/** Larger pictures are refused: the kernels take about 0.2 s a megapixel. */
const MAX_PIXELS = 25_000_000;
/** Bytes that the model that comes along holds while it runs, whatever the picture's size. */
const MODEL_HOLDS = 60 * 2 ** 20;
/** Longer side of the picture in which colours are compared. */
const LOOK = 160;
/** Longer side of the copy that is blurred to lie behind: nothing finer is left of it. */
const BACKDROP = 480;
/** Below this, in pixels, the Gaussian's mask is a single pixel. */
const LEAST_FEATHER = 0.6;

function isClear({ background, mask }: Options): boolean {
  return background === '#00000000' && !mask;
}

/** Takes the background away. The edge gets the object's colour, and nothing stays hidden under full transparency. */
export const cutout = defineOperation({
  summary: 'Cut the object out of its background',
  options,
  held: (chosen, { width, height }) => {
    const model = chosen.method === 'model' ? MODEL_HOLDS / (width * height * (isClear(chosen) ? 4 : 3)) : 0;
    return model + (isClear(chosen) || chosen.mask ? 2.5 : chosen.background === 'blur' ? 5.8 : 5);
  },
  maxOutputSize: (before) => {
    if (before.width * before.height <= MAX_PIXELS) return before;
    throw new Problem(
      'too-many-pixels',
      `cutout takes at most ${MAX_PIXELS / 1_000_000} million pixels; resize first.`,
    );
  },
  addsAlpha: isClear,
  wantsAlpha: isClear,
  work: async (pixels, chosen) => {
    const found = await findObject[chosen.method](pixels);
    const facts = { cutoutMethod: found.method };
    const mask = guidedUpsample(pixels, found);
    const alpha = chosen.feather < LEAST_FEATHER ? mask : await softened(mask, chosen.feather);
    if (chosen.mask) return { ...alpha, facts };
    const object = estimateForeground(pixels, { mask, alpha });
    if (isClear(chosen)) return { ...object, facts };
    const { data, width, height } = object;
    const over = { input: data, raw: { width, height, channels: 4 as const } };
    const behind = await backdrop(pixels, chosen.background);
    return { ...(await toPixels(behind.composite([over]).removeAlpha())), facts };
  },
});

/** A small copy of the picture, and what in it is the object. */
interface Found {
  small: Pixels;
  mask: Pixels;
  method: string;
}

const findObject: Record<Options['method'], (pixels: Pixels) => Promise<Found>> = {
  async model(pixels) {
    const model = await segmentationModel();
    const { size } = model.manifest.image;
    const small = await smallCopy(pixels, { width: size, height: size, fit: 'fill', kernel: 'lanczos3' });
    const mask = await runSegmentation(small, model).catch((error) => {
      if (error instanceof Problem && error.code === 'model-missing') forgetSegmentationModel();
      throw error;
    });
    return { small, mask, method: model.manifest.id };
  },
  async border(pixels) {
    const small = await smallCopy(pixels, { width: LOOK, height: LOOK, fit: 'inside', withoutEnlargement: true });
    return { small, mask: borderMask(small), method: 'border' };
  },
};

function smallCopy(pixels: Pixels, size: ResizeOptions): Promise<Pixels> {
  return toPixels(onWhite(pixels).resize(size));
}

/** What was transparent is white, as people see it; gray becomes three channels. */
function onWhite(pixels: Pixels): Sharp {
  return graphOfPixels(pixels).flatten({ background: '#ffffff' }).toColourspace('srgb');
}

/** Inside, the mask stays what it is. */
function softened({ data, width, height }: Pixels, sigma: number): Promise<Pixels> {
  return toPixels(gaussian(sharp(data, { raw: { width, height, channels: 1 } }).toColourspace('b-w'), sigma));
}

/** One colour, or the picture out of focus. */
async function backdrop(pixels: Pixels, background: string): Promise<Sharp> {
  const { width, height } = pixels;
  if (background === 'blur') {
    const small = await smallCopy(pixels, {
      width: BACKDROP,
      height: BACKDROP,
      fit: 'inside',
      withoutEnlargement: true,
    });
    const sigma = Math.max(2, Math.max(small.width, small.height) / 60);
    const blurred = await toPixels(gaussian(graphOfPixels(small), sigma));
    return graphOfPixels(blurred).resize(width, height, { fit: 'fill' });
  }
  const [r, g, b] = levelsOf(background);
  return sharp({ create: { width, height, channels: 3, background: { r, g, b } } });
}
