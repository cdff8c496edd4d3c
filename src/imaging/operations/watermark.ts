import type { Sharp } from 'sharp';
import * as z from 'zod';
import { enumOption, numberOption } from '#contract/options';
import { codecProblem } from '#decoding/codec-errors';
import { openPicture } from '#decoding/open-picture';
import { GRAVITIES, gravityOffset } from '../gravity.ts';
import { enlarge } from '../kernels/enlarge.ts';
import { defineOperation } from '../operation.ts';
import type { Size } from '../pixels.ts';
import { graphOfPixels, type Pixels, toPixels } from '../pixels.ts';
import { mend, mendingOf } from '../to-srgb.ts';

const offset = numberOption({ min: -16_384, max: 16_384, int: true, unit: 'px' }).default(0);

const options = z.object({
  picture: z
    .string()
    .min(1)
    .max(2_000)
    .meta({ allowed: 'upload (the file or base64 sent as "watermark"), an http or https address, or a ref' })
    .default('upload')
    .describe('in a chain written as text, "," and ";" of an address are %2C and %3B'),
  gravity: enumOption(GRAVITIES).default('southeast'),
  x: offset.describe('away from the edge that gravity names; from the centre to the right'),
  y: offset.describe('away from the edge that gravity names; from the centre down'),
  opacity: numberOption({ min: 0, max: 1 }).default(1),
  scale: numberOption({ min: 0.01, max: 1 })
    .optional()
    .describe(
      "share of the picture's width and height it fits into; without it its own size, less where it is too large",
    ),
});

type Chosen = z.output<typeof options>;

/** Overlays a second picture, entirely inside the first. Pixels that it does not cover are unchanged. */
export const watermark = defineOperation({
  summary: 'Lay a second picture over it',
  examples: ['gravity=north,y=2,opacity=0.5'],
  options,
  held: () => 5,
  maxOutputSize: (before) => before,
  overlay: ({ picture }) => picture,
  work: async (pixels, chosen, { time, overlay }) => {
    if (!overlay) throw new Error('a watermark needs its picture');
    const mark = await prepared(overlay, pixels, chosen, time);
    const { width, height, channels } = mark;
    const place = gravityOffset(mark, pixels, chosen.gravity, chosen);
    const over = graphOfPixels(pixels)
      .toColourspace('srgb')
      .composite([{ input: mark.data, raw: { width, height, channels }, ...place }]);
    const opaque = pixels.channels === 1 || pixels.channels === 3;
    return toPixels(opaque ? over.removeAlpha() : over, time);
  },
});

/** The watermark at its final size, upright and with its opacity applied; never larger than the picture below. */
async function prepared(file: Buffer, outer: Size, { scale, opacity }: Chosen, time: number): Promise<Pixels> {
  const side = (length: number): number => Math.max(1, Math.round(length * (scale ?? 1)));
  try {
    const sized = (await openEncoded(file, time))
      .resize({
        width: side(outer.width),
        height: side(outer.height),
        fit: 'inside',
        withoutEnlargement: true,
      })
      .toColourspace('srgb')
      .ensureAlpha();
    const small = await toPixels(sized, time);
    const growth = Math.min(side(outer.width) / small.width, side(outer.height) / small.height);
    const pixels = scale === undefined || growth <= 1 ? small : grown(small, growth);
    return opacity === 1 ? pixels : await toPixels(graphOfPixels(pixels).linear([1, 1, 1, opacity], [0, 0, 0, 0]));
  } catch (error) {
    throw codecProblem(error, { what: 'The watermark' });
  }
}

/** Enlarges by a factor, with pixel centres aligned. */
function grown(pixels: Pixels, factor: number): Pixels {
  const grownSide = (length: number): number => Math.round(length * factor);
  return enlarge(pixels, { width: grownSide(pixels.width), height: grownSide(pixels.height) });
}

/** No pixel limit here: intake has checked the header. */
async function openEncoded(file: Buffer, time: number): Promise<Sharp> {
  const graph = openPicture(file, { maxPixels: false }).pipelineColourspace('srgb');
  const mending = mendingOf(file);
  return mending ? graphOfPixels(await mend(await toPixels(graph, time), mending)) : graph;
}
