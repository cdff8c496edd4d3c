/*
 * A band of rows as three planes of floats (red, green, blue) with a margin, and what all filters of bands need.
 * Compiled by AssemblyScript; kernels/band-filter.ts calls it. All addresses and strides are in bytes.
 */

/** Pixels around a band. */
export const MARGIN: i32 = 6;

/** Of a row in a plane, and of a plane. */
export let stride: usize = 0;
export let plane: usize = 0;

/** The address of the first byte that a caller may use. */
export function start(): usize {
  return (__heap_base + 15) & ~15;
}

/** States how the planes are laid out. */
export function layOut(rowBytes: usize, planeBytes: usize): void {
  stride = rowBytes;
  plane = planeBytes;
}

/**
 * Spreads a row of pixels into the planes, mirrored at its ends.
 * @param from its bytes; @param to its place in the first plane, before the margin
 * @param columns floats of a row in a plane
 */
export function spread(from: usize, to: usize, width: i32, channels: i32, columns: i32): void {
  const green: usize = channels < 3 ? 0 : 1;
  const blue: usize = channels < 3 ? 0 : 2;
  for (let x: i32 = 0; x < width; x++) {
    const at = from + <usize>(x * channels);
    const place = to + ((<usize>(x + MARGIN)) << 2);
    f32.store(place, <f32>load<u8>(at));
    f32.store(place + plane, <f32>load<u8>(at + green));
    f32.store(place + 2 * plane, <f32>load<u8>(at + blue));
  }
  for (let x: i32 = 0; x < columns; x++) {
    if (x >= MARGIN && x < MARGIN + width) continue;
    const source = to + ((<usize>(mirrored(x - MARGIN, width) + MARGIN)) << 2);
    const place = to + ((<usize>x) << 2);
    f32.store(place, f32.load(source));
    f32.store(place + plane, f32.load(source + plane));
    f32.store(place + 2 * plane, f32.load(source + 2 * plane));
  }
}

/** A position outside of 0 … length − 1, mirrored into it without repeating the edge. */
export function mirrored(at: i32, length: i32): i32 {
  if (length === 1) return 0;
  const period = 2 * length - 2;
  const place = ((at % period) + period) % period;
  return place < length ? place : period - place;
}

/** The address of the band's first pixel in the first plane. */
export function originOf(planes: usize): usize {
  return planes + <usize>MARGIN * stride + ((<usize>MARGIN) << 2);
}

/** 2^−y for 0 ≤ y, accurate to 0.01 %; next to nothing from 60 on. */
export function halved(exponent: v128): v128 {
  const y = f32x4.min(exponent, f32x4.splat(60));
  const whole = f32x4.ceil(y);
  const part = f32x4.sub(whole, y);
  // 2^part for 0 ≤ part < 1.
  let power = f32x4.add(f32x4.mul(part, f32x4.splat(0.0790209)), f32x4.splat(0.2241276));
  power = f32x4.add(f32x4.mul(part, power), f32x4.splat(0.6965847));
  power = f32x4.add(f32x4.mul(part, power), f32x4.splat(0.9998119));
  const bits = i32x4.shl(i32x4.sub(i32x4.splat(127), i32x4.trunc_sat_f32x4_s(whole)), 23);
  return f32x4.mul(power, bits);
}
