import * as z from 'zod';
import { defineOperation } from '../operation.ts';
import { graphOfPixels, type Pixels, toPixels } from '../pixels.ts';

/** Converts to luminance, one channel. Transparency is kept, and later steps may add colour. */
export const grayscale = defineOperation({
  summary: 'Convert to grayscale',
  examples: [''],
  options: z.object({}),
  held: () => 3.4,
  maxOutputSize: (before) => before,
  // Works on pixels, since sharp drops the alpha of gray pictures between graphs.
  work: async (pixels, _options, { time }) => {
    if (pixels.channels < 3) return pixels;
    const gray = await toPixels(graphOfPixels(pixels).removeAlpha().grayscale(), time);
    return pixels.channels === 3 ? gray : withAlphaOf(pixels, gray);
  },
});

function withAlphaOf({ data: from }: Pixels, { data: gray, width, height }: Pixels): Pixels {
  const data = Buffer.allocUnsafe(gray.length * 2);
  for (let at = 0; at < gray.length; at++) {
    data[at * 2] = gray[at] as number;
    data[at * 2 + 1] = from[at * 4 + 3] as number;
  }
  return { data, width, height, channels: 2 };
}
