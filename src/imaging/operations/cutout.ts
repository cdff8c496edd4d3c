import type { ResizeOptions } from 'sharp';
import * as z from 'zod';
import { booleanOption, colourOption, numberOption } from '#platform/options';
import { Problem } from '#platform/problems';
import { runKernel } from '../kernel-runner.ts';
import { forgetMatteModel, matteModel } from '../matte/model.ts';
import { defineOperation } from '../operation.ts';
import { graphOfPixels, type Pixels, toPixels } from '../pixels.ts';

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
/** Longer side of the picture in which colours are compared. */
const LOOK = 160;

function isClear({ background, mask }: Options): boolean {
  return background === '#00000000' && !mask;
}

/** Takes the background away. Colours under full transparency are kept. */
export const cutout = defineOperation({
  summary: 'Cut the object out of its background',
  options,
  bound: (before) => {
    if (before.width * before.height <= MAX_PIXELS) return before;
    throw new Problem(
      'too-many-pixels',
      `cutout takes at most ${MAX_PIXELS / 1_000_000} million pixels; resize first.`,
    );
  },
  addsAlpha: isClear,
  wantsAlpha: isClear,
  work: async (pixels, chosen, time) => {
    const deadline = performance.now() + time;
    const found = await look[chosen.method](pixels, deadline);
    const facts = { cutoutMethod: found.method };
    const sharp = await runKernel('guidedUpsample', pixels, found, deadline - performance.now());
    const mask = chosen.feather < 0.6 ? sharp : oneChannel(await toPixels(graphOfPixels(sharp).blur(chosen.feather)));
    if (chosen.mask) return { ...mask, facts };
    const colours = await toPixels(graphOfPixels(pixels).toColourspace('srgb').removeAlpha());
    const object = withAlpha(colours, mask, pixels);
    if (isClear(chosen)) return { ...object, facts };
    const behind =
      chosen.background === 'blur'
        ? graphOfPixels(colours).blur(Math.max(2, Math.max(pixels.width, pixels.height) / 60))
        : graphOfPixels(plain(pixels, chosen.background));
    const over = { input: object.data, raw: { width: object.width, height: object.height, channels: 4 as const } };
    return { ...(await toPixels(behind.composite([over]))), facts };
  },
});

/** A small copy of the picture, and what in it is the object. */
interface Found {
  small: Pixels;
  mask: Pixels;
  method: string;
}

const look: Record<Options['method'], (pixels: Pixels, deadline: number) => Promise<Found>> = {
  async model(pixels, deadline) {
    const model = await matteModel();
    const { size } = model.manifest.image;
    const small = await smallCopy(pixels, { width: size, height: size, fit: 'fill', kernel: 'lanczos3' });
    const mask = await runKernel('matte', small, { model }, deadline - performance.now()).catch((error) => {
      if (error instanceof Problem && error.code === 'model-missing') forgetMatteModel();
      throw error;
    });
    return { small, mask, method: model.manifest.id };
  },
  async border(pixels, deadline) {
    const small = await smallCopy(pixels, { width: LOOK, height: LOOK, fit: 'inside', withoutEnlargement: true });
    return { small, mask: await runKernel('borderMatte', small, {}, deadline - performance.now()), method: 'border' };
  },
};

async function smallCopy(pixels: Pixels, size: ResizeOptions): Promise<Pixels> {
  const opaque = graphOfPixels(pixels).flatten({ background: '#ffffff' });
  return threeChannels(await toPixels(opaque.toColourspace('srgb').resize(size)));
}

/** Gray pixels as three equal channels. */
function threeChannels({ data, width, height, channels }: Pixels): Pixels {
  if (channels === 3) return { data, width, height, channels };
  const out = Buffer.alloc(width * height * 3);
  for (let at = 0; at < width * height; at++) out.fill(data[at * channels] as number, at * 3, at * 3 + 3);
  return { data: out, width, height, channels: 3 };
}

function oneChannel({ data, width, height, channels }: Pixels): Pixels {
  const out = Buffer.alloc(width * height);
  for (let at = 0; at < out.length; at++) out[at] = data[at * channels] as number;
  return { data: out, width, height, channels: 1 };
}

/** Colours with the mask as transparency, times the transparency the picture had. */
function withAlpha(colours: Pixels, mask: Pixels, original: Pixels): Pixels {
  const { width, height } = mask;
  const out = Buffer.alloc(width * height * 4);
  const rgb = threeChannels(colours).data;
  const before = original.channels === 2 || original.channels === 4 ? original : undefined;
  for (let at = 0; at < width * height; at++) {
    rgb.copy(out, at * 4, at * 3, at * 3 + 3);
    const had = before ? (before.data[at * before.channels + before.channels - 1] as number) / 255 : 1;
    out[at * 4 + 3] = Math.round((mask.data[at] as number) * had);
  }
  return { data: out, width, height, channels: 4 };
}

function plain({ width, height }: Pixels, colour: string): Pixels {
  const [r = 255, g = 255, b = 255] = hexLevels(colour);
  const data = Buffer.alloc(width * height * 3);
  for (let at = 0; at < data.length; at += 3) data.set([r, g, b], at);
  return { data, width, height, channels: 3 };
}

/** `#rgb`, `#rrggbb` (an alpha is ignored: what comes behind is opaque) → levels. */
function hexLevels(colour: string): number[] {
  const hex = colour.slice(1);
  const digits = hex.length <= 4 ? [...hex].map((digit) => digit + digit) : (hex.match(/../g) ?? []);
  return digits.slice(0, 3).map((pair) => Number.parseInt(pair, 16));
}
