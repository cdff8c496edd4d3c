/*
 * The bilateral filter (kernels/bilateral.ts).
 */

import { halved, originOf, plane, stride } from './planes';

/** Neighbours within a circle of this radius, in pixels. */
const RADIUS: i32 = 3;
const SQUARE: i32 = 2 * RADIUS + 1;

/** Of each neighbour: its distance in bytes (i32), and how often its nearness halves its weight (f32). */
const neighbours: usize = memory.data(SQUARE * SQUARE * 8, 16);
let count: i32 = 0;
/** How often a squared difference of colours of 1 halves a weight. */
let likeness: v128 = f32x4.splat(0);

/**
 * To be called after the planes are laid out.
 * @param nearness how often a squared distance of one pixel halves a weight
 * @param perLevel the same of colours, for a squared sum of absolute differences of 1
 */
export function setBilateral(nearness: f32, perLevel: f32): void {
  likeness = f32x4.splat(perLevel);
  count = 0;
  for (let dy: i32 = -RADIUS; dy <= RADIUS; dy++) {
    for (let dx: i32 = -RADIUS; dx <= RADIUS; dx++) {
      const square = dx * dx + dy * dy;
      if (square > RADIUS * RADIUS) continue;
      const at = neighbours + ((<usize>count) << 3);
      store<i32>(at, dy * <i32>stride + (dx << 2));
      store<f32>(at + 4, <f32>square * nearness);
      count += 1;
    }
  }
}

/**
 * Filters the rows of a band.
 * @param planes the first float of the first plane
 * @param out the band's pixels, whose colours are replaced
 */
export function bilateral(planes: usize, out: usize, width: i32, height: i32, channels: i32): void {
  const origin = originOf(planes);
  for (let y: i32 = 0; y < height; y++) {
    for (let x: i32 = 0; x < width; x += 4) {
      const place = origin + <usize>y * stride + ((<usize>x) << 2);
      filterFour(place, out + <usize>((y * width + x) * channels), channels, min(4, width - x));
    }
  }
}

function filterFour(place: usize, out: usize, channels: i32, pixels: i32): void {
  const red = v128.load(place);
  const green = v128.load(place + plane);
  const blue = v128.load(place + 2 * plane);
  let reds = f32x4.splat(0);
  let greens = f32x4.splat(0);
  let blues = f32x4.splat(0);
  let weights = f32x4.splat(0);
  const end = neighbours + ((<usize>count) << 3);
  for (let at = neighbours; at < end; at += 8) {
    const other = place + load<i32>(at);
    const r = v128.load(other);
    const g = v128.load(other + plane);
    const b = v128.load(other + 2 * plane);
    const apart = f32x4.add(f32x4.abs(f32x4.sub(r, red)), f32x4.abs(f32x4.sub(g, green)));
    const far = f32x4.add(apart, f32x4.abs(f32x4.sub(b, blue)));
    const exponent = f32x4.add(f32x4.mul(f32x4.mul(far, far), likeness), v128.load32_splat(at + 4));
    const weight = halved(exponent);
    reds = f32x4.add(reds, f32x4.mul(weight, r));
    greens = f32x4.add(greens, f32x4.mul(weight, g));
    blues = f32x4.add(blues, f32x4.mul(weight, b));
    weights = f32x4.add(weights, weight);
  }
  writeFour(f32x4.div(reds, weights), out, channels, pixels);
  if (channels < 3) return;
  writeFour(f32x4.div(greens, weights), out + 1, channels, pixels);
  writeFour(f32x4.div(blues, weights), out + 2, channels, pixels);
}

function writeFour(levels: v128, out: usize, channels: i32, pixels: i32): void {
  const whole = i32x4.trunc_sat_f32x4_u(f32x4.add(levels, f32x4.splat(0.5)));
  store<u8>(out, <u8>i32x4.extract_lane(whole, 0));
  if (pixels > 1) store<u8>(out + channels, <u8>i32x4.extract_lane(whole, 1));
  if (pixels > 2) store<u8>(out + 2 * channels, <u8>i32x4.extract_lane(whole, 2));
  if (pixels > 3) store<u8>(out + 3 * channels, <u8>i32x4.extract_lane(whole, 3));
}
