/*
 * Non-local means (kernels/nlm.ts). Works tile by tile, so that everything stays in the processor's cache.
 */

import { halved, originOf, plane, stride } from './planes';

/** Offsets in each direction: a window of 11 × 11. */
const REACH: i32 = 5;
/** Size of a tile, in pixels. */
const WIDE: i32 = 64;
const HIGH: i32 = 16;
/** Floats in a row of the tile's own buffers: the tile, the reach on either side, and room for whole vectors. */
const STRIDE: i32 = 88;
const ROW: usize = (<usize>STRIDE) << 2;
/** The column of a tile's first pixel in a row of those buffers. */
const FIRST: i32 = 8;
/** Rows of differences: the tile, the reach above, and one on either side. */
const ROWS: i32 = HIGH + REACH + 2;

const differences: usize = memory.data(ROWS * STRIDE * 4, 16);
const weights: usize = memory.data(ROWS * STRIDE * 4, 16);
/** Of each four pixels of a tile: sums of red, green and blue, the sum of weights, and the largest weight. */
const totals: usize = memory.data(WIDE * HIGH * 4 * 5, 16);

/** Distances below the first are noise alone; beyond it, the weight falls to a half with each step. */
let free: v128 = f32x4.splat(0);
let steps: v128 = f32x4.splat(0);

/** @param distance of two patches that noise alone causes; @param halving distance that halves a weight */
export function setNonLocalMeans(distance: f32, halving: f32): void {
  free = f32x4.splat(distance);
  steps = f32x4.splat(<f32>1 / halving);
}

/**
 * Filters the rows of a band.
 * @param planes the first float of the first plane
 * @param out the band's pixels, whose colours are replaced
 */
export function nonLocalMeans(planes: usize, out: usize, width: i32, height: i32, channels: i32): void {
  const origin = originOf(planes);
  for (let top: i32 = 0; top < height; top += HIGH) {
    for (let left: i32 = 0; left < width; left += WIDE) {
      const place = origin + <usize>top * stride + ((<usize>left) << 2);
      const wide = min(WIDE, width - left);
      const high = min(HIGH, height - top);
      filterTile(place, (wide + 3) & ~3, high);
      writeTile(place, out + <usize>((top * width + left) * channels), width, channels, wide, high);
    }
  }
}

function filterTile(place: usize, wide: i32, high: i32): void {
  memory.fill(totals, 0, WIDE * HIGH * 4 * 5);
  for (let dy: i32 = 0; dy <= REACH; dy++) {
    // The opposite offset has the same differences.
    for (let dx: i32 = dy === 0 ? 1 : -REACH; dx <= REACH; dx++) {
      const shift = dy * <i32>stride + (dx << 2);
      const from = dx > 0 ? -dx : 0;
      const to = wide + (dx < 0 ? -dx : 0);
      measure(place, shift, from, to, dy, high);
      weigh(from, to, dy, high);
      accumulate(place, shift, wide, dy, dx, high);
    }
  }
}

/** Squared differences of the tile, and of what lies an offset before it, from their shifted copies. */

function measure(place: usize, shift: i32, from: i32, to: i32, dy: i32, high: i32): void {
  const first = (from - 1) & ~3;
  for (let y: i32 = -dy - 1; y <= high; y++) {
    let a: usize = place + <usize>(y * <i32>stride + (first << 2));
    let put: usize = differences + <usize>(y + dy + 1) * ROW + ((<usize>(first + FIRST)) << 2);
    for (let x: i32 = first; x <= to; x += 4) {
      const b = a + <usize>shift;
      const red = f32x4.sub(v128.load(a), v128.load(b));
      const green = f32x4.sub(v128.load(a + plane), v128.load(b + plane));
      const blue = f32x4.sub(v128.load(a + 2 * plane), v128.load(b + 2 * plane));
      const sum = f32x4.add(f32x4.mul(red, red), f32x4.add(f32x4.mul(green, green), f32x4.mul(blue, blue)));
      v128.store(put, sum);
      a += 16;
      put += 16;
    }
  }
}

/** The weights of pixels by the differences in the patches around them. */

function weigh(from: i32, to: i32, dy: i32, high: i32): void {
  const first = from & ~3;
  for (let y: i32 = 0; y < high + dy; y++) {
    const row = differences + <usize>y * ROW + ((<usize>(first + FIRST)) << 2);
    let put: usize = weights + <usize>y * ROW + ((<usize>(first + FIRST)) << 2);
    let at: usize = row;
    let before = ofThree(at - 16);
    let here = ofThree(at);
    for (let x: i32 = first; x < to; x += 4) {
      const after = ofThree(at + 16);
      const left = v128.shuffle<f32>(before, here, 3, 4, 5, 6);
      const right = v128.shuffle<f32>(here, after, 1, 2, 3, 4);
      v128.store(put, weightOf(f32x4.add(here, f32x4.add(left, right))));
      before = here;
      here = after;
      at += 16;
      put += 16;
    }
  }
}

/** The sums of three rows. */

function ofThree(at: usize): v128 {
  return f32x4.add(v128.load(at, ROW), f32x4.add(v128.load(at), v128.load(at, 2 * ROW)));
}

/** Halved with each step beyond what noise alone causes. */
function weightOf(distance: v128): v128 {
  return halved(f32x4.mul(f32x4.max(f32x4.sub(distance, free), f32x4.splat(0)), steps));
}

/** Adds to each pixel of the tile its neighbours at an offset and at the opposite one. */

function accumulate(place: usize, shift: i32, wide: i32, dy: i32, dx: i32, high: i32): void {
  for (let y: i32 = 0; y < high; y++) {
    let ahead: usize = place + <usize>(y * <i32>stride + shift);
    let behind: usize = place + <usize>(y * <i32>stride - shift);
    let own: usize = weights + <usize>(y + dy) * ROW + ((<usize>FIRST) << 2);
    let other: usize = weights + <usize>y * ROW + ((<usize>(FIRST - dx)) << 2);
    let total: usize = totals + <usize>(y * WIDE * 20);
    for (let x: i32 = 0; x < wide; x += 4) {
      const a = v128.load(own);
      const b = v128.load(other);
      add(total, f32x4.add(f32x4.mul(a, v128.load(ahead)), f32x4.mul(b, v128.load(behind))));
      add(total + 16, f32x4.add(f32x4.mul(a, v128.load(ahead + plane)), f32x4.mul(b, v128.load(behind + plane))));
      const blue = f32x4.mul(a, v128.load(ahead + 2 * plane));
      add(total + 32, f32x4.add(blue, f32x4.mul(b, v128.load(behind + 2 * plane))));
      add(total + 48, f32x4.add(a, b));
      v128.store(total + 64, f32x4.pmax(v128.load(total, 64), f32x4.pmax(a, b)));
      ahead += 16;
      behind += 16;
      own += 16;
      other += 16;
      total += 80;
    }
  }
}

function add(at: usize, value: v128): void {
  v128.store(at, f32x4.add(v128.load(at), value));
}

/** Writes the means. A pixel's own weight is that of its most similar neighbour. */
function writeTile(place: usize, out: usize, width: i32, channels: i32, wide: i32, high: i32): void {
  for (let y: i32 = 0; y < high; y++) {
    for (let x: i32 = 0; x < wide; x++) {
      const total = totals + <usize>((y * WIDE + (x & ~3)) * 20 + ((x & 3) << 2));
      const source = place + <usize>y * stride + ((<usize>x) << 2);
      const to = out + <usize>((y * width + x) * channels);
      const own = max<f32>(f32.load(total, 64), 1e-4);
      const whole = f32.load(total, 48) + own;
      store<u8>(to, mean(total, source, own, whole));
      if (channels < 3) continue;
      store<u8>(to + 1, mean(total + 16, source + plane, own, whole));
      store<u8>(to + 2, mean(total + 32, source + 2 * plane, own, whole));
    }
  }
}

function mean(total: usize, source: usize, own: f32, whole: f32): u8 {
  return <u8>((f32.load(total) + own * f32.load(source)) / whole + 0.5);
}
