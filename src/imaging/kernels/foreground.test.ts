import { expect, test } from 'vitest';
import type { Pixels } from '../pixels.ts';
import { fillGaps } from './fill-gaps.ts';
import { estimateForeground } from './foreground.ts';
import { nearby } from './nearby.ts';

/** A vertical edge in the middle: object on the left, background on the right, mixed over `band` pixels. */
function edge(width: number, height: number, band: number) {
  const object = [200, 60, 30];
  const background = [20, 90, 180];
  const data = Buffer.alloc(width * height * 3);
  const levels = Buffer.alloc(width * height);
  for (let at = 0; at < levels.length; at++) {
    const share = Math.min(1, Math.max(0, 0.5 - ((at % width) + 0.5 - width / 2) / band));
    levels[at] = Math.round(share * 255);
    for (let n = 0; n < 3; n++) {
      data[at * 3 + n] = Math.round(share * (object[n] as number) + (1 - share) * (background[n] as number));
    }
  }
  const pixels: Pixels = { data, width, height, channels: 3 };
  const mask: Pixels = { data: levels, width, height, channels: 1 };
  return { pixels, mask, object };
}

/** The largest difference between visible colours and a given one. */
function farthest({ data }: Pixels, colour: number[]): number {
  let most = 0;
  for (let at = 0; at < data.length; at += 4) {
    if (data[at + 3] === 0) continue;
    colour.forEach((level, n) => {
      most = Math.max(most, Math.abs((data[at + n] as number) - level));
    });
  }
  return most;
}

test.each([1, 4, 40])('an edge mixed over %s pixels gets the object’s colour, its opacity as asked for', (band) => {
  const { pixels, mask, object } = edge(120, 40, band);
  const out = estimateForeground(pixels, { mask, alpha: mask });
  expect(farthest(out, object)).toBeLessThanOrEqual(8);
  expect(out.data.filter((_, at) => at % 4 === 3)).toEqual(mask.data);
});

test('so does a picture of more pixels than cells, whose colours are gathered in cells', () => {
  const { pixels, mask, object } = edge(1_600, 1_000, 30);
  expect(farthest(estimateForeground(pixels, { mask, alpha: mask }), object)).toBeLessThanOrEqual(8);
});

test('a mask that is some pixels off does not bring the background’s colour back', () => {
  const { pixels, object } = edge(120, 40, 2);
  const { mask } = edge(120, 40, 12);
  expect(farthest(estimateForeground(pixels, { mask, alpha: mask }), object)).toBeLessThanOrEqual(8);
});

test('colours away from the edge, gray and transparency of the picture’s own stay', () => {
  const { pixels, mask } = edge(120, 40, 4);
  const out = estimateForeground(pixels, { mask, alpha: mask });
  expect([...out.data.subarray(0, 4)]).toEqual([...pixels.data.subarray(0, 3), 255]);
  const gray: Pixels = { data: Buffer.alloc(120 * 40 * 2, 100), width: 120, height: 40, channels: 2 };
  expect([...estimateForeground(gray, { mask, alpha: mask }).data.subarray(0, 4)]).toEqual([100, 100, 100, 100]);
});

test('a mask that takes all, nothing or one pixel', () => {
  const { pixels, mask } = edge(20, 10, 4);
  const all = { ...mask, data: Buffer.alloc(200, 255) };
  const none = { ...mask, data: Buffer.alloc(200) };
  const whole = estimateForeground(pixels, { mask: all, alpha: all }).data;
  expect(whole.filter((_, at) => at % 4 < 3)).toEqual(pixels.data);
  expect(estimateForeground(pixels, { mask: none, alpha: none }).data.every((level) => level === 0)).toBe(true);
  const one: Pixels = { data: Buffer.from([9, 8, 7]), width: 1, height: 1, channels: 3 };
  const half: Pixels = { data: Buffer.from([128]), width: 1, height: 1, channels: 1 };
  expect([...estimateForeground(one, { mask: half, alpha: half }).data]).toEqual([9, 8, 7, 128]);
});

test('gaps are filled from around them, from anywhere', () => {
  const grid = { width: 13, height: 5, data: new Float32Array(13 * 5 * 4) };
  grid.data.set([10, 20, 30, 1], 0);
  grid.data.set([30, 20, 10, 1], (13 * 5 - 1) * 4);
  fillGaps(grid);
  for (let at = 0; at < grid.data.length; at += 4) {
    expect(grid.data[at + 3]).toBeCloseTo(1, 5);
    expect(grid.data[at + 1]).toBeCloseTo(20, 3);
    expect(grid.data[at]).toBeGreaterThanOrEqual(9.99);
    expect(grid.data[at]).toBeLessThanOrEqual(30.01);
  }
  expect(grid.data[0]).toBeCloseTo(10, 3);
});

test('least and greatest levels nearby, cut at the rim', () => {
  const plane: Pixels = { data: Buffer.from([5, 6, 7, 8, 1, 6, 7, 9, 5, 6, 7, 8]), width: 4, height: 3, channels: 1 };
  const around = nearby(plane, 1);
  expect(around(0)).toEqual({ least: Uint8Array.from([1, 1, 6, 7]), most: Uint8Array.from([6, 7, 9, 9]) });
  expect([...around(2).least]).toEqual([1, 1, 6, 7]);
});
