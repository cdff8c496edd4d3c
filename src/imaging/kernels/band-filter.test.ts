import { createHash } from 'node:crypto';
import { expect, test } from 'vitest';
import { gradient } from '../../../test/pictures.ts';
import type { Pixels } from '../pixels.ts';
import { bilateral } from './bilateral.ts';
import { nonLocalMeans } from './nlm.ts';

/** A gradient with noise that is the same in every run. */
function noisy(width: number, height: number, channels: 1 | 2 | 3 | 4): Pixels {
  const smooth = gradient(width, height);
  let state = 1;
  const data = Buffer.alloc(width * height * channels).map((_, at) => {
    state = (state * 16_807) % 2_147_483_647;
    const level = smooth[Math.floor(at / channels) * 3 + (at % channels)] ?? 0;
    return Math.max(0, Math.min(255, level + ((state % 41) - 20)));
  });
  return { data: Buffer.from(data), width, height, channels };
}

function mirrored(at: number, length: number): number {
  if (length === 1) return 0;
  const place = Math.abs(at) % (2 * length - 2);
  return place < length ? place : 2 * length - 2 - place;
}

/** The levels of a pixel's colours, as three, and beyond the edge mirrored. */
function coloursOf({ data, width, height, channels }: Pixels, x: number, y: number): number[] {
  const at = (mirrored(y, height) * width + mirrored(x, width)) * channels;
  return (channels < 3 ? [0, 0, 0] : [0, 1, 2]).map((n) => data[at + n] as number);
}

function square(radius: number): { dx: number; dy: number }[] {
  const side = 2 * radius + 1;
  return Array.from({ length: side * side }, (_, n) => ({
    dx: (n % side) - radius,
    dy: Math.floor(n / side) - radius,
  }));
}

/** Both filters as their definitions say, for one pixel. */
const DEFINITIONS = {
  nlm: (pixels: Pixels, x: number, y: number, sigma: number): number[] => {
    const distance = (dx: number, dy: number): number =>
      square(1).reduce((sum, { dx: px, dy: py }) => {
        const there = coloursOf(pixels, x + dx + px, y + dy + py);
        return (
          sum + coloursOf(pixels, x + px, y + py).reduce((all, one, n) => all + (one - (there[n] as number)) ** 2, 0)
        );
      }, 0) / 27;
    const others = square(5).filter(({ dx, dy }) => dx !== 0 || dy !== 0);
    const weights = others.map(({ dx, dy }) =>
      Math.exp(-Math.max(0, distance(dx, dy) - 2 * sigma ** 2) / (0.55 * sigma) ** 2),
    );
    const own = Math.max(1e-4, ...weights);
    return mean([
      [own, coloursOf(pixels, x, y)],
      ...others.map(({ dx, dy }, n) => [weights[n], coloursOf(pixels, x + dx, y + dy)] as [number, number[]]),
    ]);
  },
  bilateral: (pixels: Pixels, x: number, y: number, sigma: number): number[] => {
    const here = coloursOf(pixels, x, y);
    const near = square(3).filter(({ dx, dy }) => dx ** 2 + dy ** 2 <= 9);
    return mean(
      near.map(({ dx, dy }) => {
        const there = coloursOf(pixels, x + dx, y + dy);
        const far =
          here.reduce((sum, one, n) => sum + Math.abs(one - (there[n] as number)), 0) / (pixels.channels < 3 ? 3 : 1);
        return [Math.exp(-(dx ** 2 + dy ** 2) / 18 - far ** 2 / (2 * sigma ** 2)), there];
      }),
    );
  },
};

function mean(weighed: [number, number[]][]): number[] {
  const whole = weighed.reduce((sum, [weight]) => sum + weight, 0);
  return [0, 1, 2].map(
    (n) => weighed.reduce((sum, [weight, levels]) => sum + weight * (levels[n] as number), 0) / whole,
  );
}

const FILTERS = { nlm: nonLocalMeans, bilateral };

// One pixel, less than a vector, tiles and bands that are cut off, and whole ones.
const SIZES: [number, number][] = [
  [1, 1],
  [1, 9],
  [7, 3],
  [63, 17],
  [64, 32],
  [131, 67],
];

test.each(
  (['nlm', 'bilateral'] as const).flatMap((name) =>
    SIZES.flatMap(([width, height]) => ([1, 2, 3, 4] as const).map((channels) => ({ name, width, height, channels }))),
  ),
)(
  '$name of $width × $height with $channels channels is what its definition says',
  ({ name, width, height, channels }) => {
    const pixels = noisy(width, height, channels);
    const { data } = FILTERS[name](pixels, { sigma: 12 });
    const colours = channels < 3 ? 1 : 3;
    for (let at = 0; at < width * height; at += width * height > 500 ? 101 : 1) {
      const expected = DEFINITIONS[name](pixels, at % width, Math.floor(at / width), 12);
      for (let n = 0; n < channels; n++) {
        const got = data[at * channels + n] as number;
        if (n < colours) expect(Math.abs(got - (expected[n] as number))).toBeLessThan(0.52);
        else expect(got).toBe(pixels.data[at * channels + n]);
      }
    }
  },
);

test.each([
  ['nlm', '105d7d9147d7811b1407fc1b8edd9137'],
  ['bilateral', '31d2fcbb6a2ae733c95050fb07c5d811'],
] as const)('%s gives the same bytes on every processor', (name, expected) => {
  const { data } = FILTERS[name](noisy(300, 200, 3), { sigma: 9.5 });
  expect(createHash('sha256').update(data).digest('hex').slice(0, 32)).toBe(expected);
});
