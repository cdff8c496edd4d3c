import sharp from 'sharp';
import { expect, test } from 'vitest';
import { difference, gradient } from '../../../test/pictures.ts';
import type { Pixels } from '../pixels.ts';
import { bilateral } from './bilateral.ts';
import { denoise } from './denoise.ts';
import { despeckle } from './despeckle.ts';
import { nonLocalMeans } from './nlm.ts';
import { estimateNoise } from './noise.ts';

/** A minimal generator of Park and Miller, so that every run sees the same noise. */
function generator(seed = 1): () => number {
  let state = seed;
  return () => {
    state = (state * 16_807) % 2_147_483_647;
    return state / 2_147_483_647;
  };
}

function noisy(clean: Pixels, sigma: number): Pixels {
  const random = generator();
  const gauss = () => Math.sqrt(-2 * Math.log(random())) * Math.cos(2 * Math.PI * random());
  const data = clean.data.map((value) => Math.max(0, Math.min(255, Math.round(value + sigma * gauss()))));
  return { ...clean, data: Buffer.from(data) };
}

function speckled(clean: Pixels, share: number): Pixels {
  const random = generator(7);
  const data = Buffer.from(clean.data);
  for (let at = 0; at < data.length; at += clean.channels) {
    if (random() < share) data.fill(random() < 0.5 ? 0 : 255, at, at + 3);
  }
  return { ...clean, data };
}

/** Peak signal to noise ratio in dB. */
function psnr(a: Pixels, b: Pixels): number {
  let sum = 0;
  for (let at = 0; at < a.data.length; at++) sum += ((a.data[at] as number) - (b.data[at] as number)) ** 2;
  return 10 * Math.log10(255 ** 2 / (sum / a.data.length));
}

const smooth: Pixels = { data: gradient(160, 120), width: 160, height: 120, channels: 3 };

/** Stripes and checks of two pixels: all texture, nothing flat. */
const busy: Pixels = {
  ...smooth,
  data: Buffer.from(
    smooth.data.map((value, at) => (Math.floor(at / 3 / 2) % 2 ? Math.max(20, value - 90) : Math.min(235, value + 60))),
  ),
};

test.each([2, 5, 10, 20])('noise of σ = %d is estimated within a fifth', (sigma) => {
  expect(estimateNoise(noisy(smooth, sigma)).sigma / sigma).toBeGreaterThan(0.75);
  expect(estimateNoise(noisy(smooth, sigma)).sigma / sigma).toBeLessThan(1.2);
});

test('a clean picture has next to no noise, and comes back as it was', () => {
  expect(estimateNoise(smooth).sigma).toBeLessThan(0.6);
  expect(denoise(smooth, { mode: 'auto', strength: 1 }).data.equals(smooth.data)).toBe(true);
});

test.each([5, 10, 20])(
  'at σ = %d each filter gains on a smooth picture, and auto as much as the better one',
  (sigma) => {
    const input = noisy(smooth, sigma);
    const before = psnr(input, smooth);
    const soft = psnr(bilateral(input, { sigma: 3 * sigma }), smooth);
    const means = psnr(nonLocalMeans(input, { sigma }), smooth);
    expect(soft).toBeGreaterThan(before + 4);
    expect(means).toBeGreaterThan(before + 6);
    expect(psnr(denoise(input, { mode: 'auto', strength: 1 }), smooth)).toBeGreaterThan(Math.max(soft, means) - 1.5);
  },
);

test('a textured picture is never made worse by auto, as it is by a median', async () => {
  const input = noisy(busy, 8);
  const before = psnr(input, busy);
  expect(psnr(denoise(input, { mode: 'auto', strength: 1 }), busy)).toBeGreaterThanOrEqual(before);
  const { width, height, channels } = input;
  const median = await sharp(input.data, { raw: { width, height, channels } }).median(5).raw().toBuffer();
  expect(psnr({ ...input, data: median }, busy)).toBeLessThan(before);
});

test('salt and pepper goes, everything else stays', () => {
  const input = speckled(smooth, 0.04);
  expect(estimateNoise(input).impulses).toBeGreaterThan(0.01);
  const output = despeckle(input);
  expect(psnr(output, smooth)).toBeGreaterThan(psnr(input, smooth) + 12);
  expect(difference(despeckle(smooth).data, smooth.data)).toBeLessThan(0.05);
  expect(psnr(denoise(input, { mode: 'auto', strength: 1 }), smooth)).toBeGreaterThan(psnr(input, smooth) + 12);
});

test('gray and transparent pictures: every colour is filtered, transparency is not', () => {
  for (const channels of [1, 2, 4] as const) {
    const data = Buffer.alloc(64 * 64 * channels, 120);
    for (let at = 0; at < 64 * 64; at++) data[at * channels] = at % 7 === 0 ? 140 : 115;
    if (channels !== 1) for (let at = channels - 1; at < data.length; at += channels) data[at] = at % 251;
    const input: Pixels = { data, width: 64, height: 64, channels };
    for (const output of [bilateral(input, { sigma: 60 }), nonLocalMeans(input, { sigma: 20 })]) {
      expect(output.data.length).toBe(data.length);
      expect(output.data[0]).toBeLessThan(140);
      if (channels === 1) continue;
      for (let at = channels - 1; at < data.length; at += channels) expect(output.data[at]).toBe(data[at]);
    }
  }
});

test('pictures smaller than any window', () => {
  for (const [width, height] of [
    [1, 1],
    [1, 9],
    [4, 2],
  ] as const) {
    const input: Pixels = { data: Buffer.alloc(width * height * 3, 90), width, height, channels: 3 };
    for (const mode of ['auto', 'bilateral', 'nlm'] as const) {
      expect(denoise(input, { mode, strength: 1 }).data.equals(input.data)).toBe(true);
    }
    expect(nonLocalMeans(input, { sigma: 5 }).data.equals(input.data)).toBe(true);
    expect(bilateral(input, { sigma: 5 }).data.equals(input.data)).toBe(true);
  }
});
