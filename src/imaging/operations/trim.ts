import * as z from 'zod';
import { colourOption, numberOption } from '#contract/options';
import { defineOperation } from '../operation.ts';
import { levelsOf, type Pixels } from '../pixels.ts';

const options = z.object({
  threshold: numberOption({ min: 0, max: 255, unit: 'levels' })
    .default(10)
    .describe('how far from the border colour still counts as border'),
  background: colourOption().optional().describe('the border colour; that of the top left pixel by default'),
});

/** Removes a border of one colour, down to lines of a single pixel. A picture that is all border is unchanged. */
export const trim = defineOperation({
  summary: 'Remove a border of one colour',
  examples: ['threshold=0'],
  options,
  held: () => 4.4,
  maxOutputSize: (before) => before,
  work: async (pixels, { threshold, background }) => {
    const border = background === undefined ? [...pixels.data.subarray(0, pixels.channels)] : levelsOf(background);
    return cutTo(pixels, contentOf(pixels, inkTest(pixels, border, threshold)));
  },
});

/** Columns and rows, inclusive. */
interface Box {
  left: number;
  top: number;
  right: number;
  bottom: number;
}

/**
 * Returns a test of whether the pixel at a place (x + y × width) is not border. Colours are multiplied by their
 * opacity, so that fully transparent pixels are equal.
 */
function inkTest({ data, channels }: Pixels, border: number[], threshold: number): (place: number) => boolean {
  const colours = channels < 3 ? 1 : 3;
  const hasAlpha = channels === 2 || channels === 4;
  const [red = 0, green = red, blue = red] = border.length < 3 ? border.slice(0, 1) : border;
  const borderAlpha = border.length % 2 === 0 ? (border.at(-1) as number) : 255;
  const wanted = [red, green, blue].map((level) => (level * borderAlpha) / 255);
  return (place) => {
    const at = place * channels;
    const alpha = hasAlpha ? (data[at + channels - 1] as number) : 255;
    if (hasAlpha && Math.abs(alpha - borderAlpha) > threshold) return true;
    for (let n = 0; n < 3; n++) {
      const level = data[at + Math.min(n, colours - 1)] as number;
      if (Math.abs((level * alpha) / 255 - (wanted[n] as number)) > threshold) return true;
    }
    return false;
  };
}

/** The smallest box around all pixels that are not border; `undefined` if there are none. */
function contentOf({ width, height }: Pixels, isInk: (place: number) => boolean): Box | undefined {
  let box: Box | undefined;
  for (let y = 0; y < height; y++) {
    const start = y * width;
    let left = 0;
    while (left < width && !isInk(start + left)) left++;
    if (left === width) continue;
    let right = width - 1;
    while (right > (box?.right ?? left) && !isInk(start + right)) right--;
    box = box
      ? { left: Math.min(box.left, left), top: box.top, right: Math.max(box.right, right), bottom: y }
      : { left, top: y, right, bottom: y };
  }
  return box;
}

function cutTo(pixels: Pixels, box: Box | undefined): Pixels {
  if (!box) return pixels;
  const { data, width: stride, channels } = pixels;
  const [width, height] = [box.right - box.left + 1, box.bottom - box.top + 1];
  const out = Buffer.allocUnsafe(width * height * channels);
  for (let y = 0; y < height; y++) {
    const from = ((box.top + y) * stride + box.left) * channels;
    data.copy(out, y * width * channels, from, from + width * channels);
  }
  return { data: out, width, height, channels };
}
