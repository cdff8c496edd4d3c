/*
 * The two passes of resample.ts, a row of the result at a time. Compiled by AssemblyScript. All addresses are in bytes.
 *
 * A weight of 22 fractional bits does not fit 16-bit lanes, so it is halved: high × 2^11 + low. Weights stand in pairs,
 * [high, high, low, low] in 16 bits each, because one instruction multiplies two neighbours and adds them up. The
 * sums are exact, so the bytes are those of plain integer arithmetic.
 */

const PRECISION: i32 = 22;
const LOW_BITS: i32 = 11;
/** Bytes of a pair of weights. */
const PAIR: usize = 8;

/** The address of the first byte that a caller may use. */
export function start(): usize {
  return (__heap_base + 15) & ~15;
}

/** Four channels of a pixel from the sums of their products: rounded, and limited to a byte each. */
function bytesOf(high: v128, low: v128): v128 {
  const sum = i32x4.add(i32x4.add(i32x4.shl(high, LOW_BITS), low), i32x4.splat(1 << (PRECISION - 1)));
  return i32x4.shr_s(sum, PRECISION);
}

/**
 * Resizes a row of RGB pixels.
 * @param row reads up to 15 bytes beyond it
 * @param out writes a byte beyond it
 * @param starts of each output pixel, the first byte in the row; @param pairs how many pairs of weights it has
 * @param weights `pitch` bytes for each output pixel
 */
export function across(
  row: usize,
  out: usize,
  starts: usize,
  pairs: usize,
  weights: usize,
  pitch: usize,
  width: i32,
): void {
  for (let x: i32 = 0; x < width; x++) {
    let from = row + <usize>i32.load(starts + ((<usize>x) << 2));
    let weight = weights + <usize>x * pitch;
    const end = weight + PAIR * <usize>i32.load(pairs + ((<usize>x) << 2));
    let high = i32x4.splat(0);
    let low = i32x4.splat(0);
    for (; weight < end; weight += PAIR) {
      // Two pixels, channel by channel, as 16 bits each.
      const pixels = i8x16.swizzle(
        v128.load64_zero(from),
        i8x16(0, 16, 3, 16, 1, 16, 4, 16, 2, 16, 5, 16, 16, 16, 16, 16),
      );
      high = i32x4.add(high, i32x4.dot_i16x8_s(pixels, v128.load32_splat(weight)));
      low = i32x4.add(low, i32x4.dot_i16x8_s(pixels, v128.load32_splat(weight, 4)));
      from += 6;
    }
    const narrow = i16x8.narrow_i32x4_s(bytesOf(high, low), i32x4.splat(0));
    i32.store(out, i32x4.extract_lane(i8x16.narrow_i16x8_u(narrow, narrow), 0));
    out += 3;
  }
}

/**
 * One row of the result from the rows that it covers.
 * @param rows the first; reads up to 15 bytes beyond each, and a row more than there are weights
 * @param out writes up to 15 bytes beyond it
 * @param count pairs of weights
 * @param bytes of the row
 */
export function down(rows: usize, stride: usize, out: usize, weights: usize, count: i32, bytes: i32): void {
  for (let x: i32 = 0; x < bytes; x += 16) {
    let from = rows + <usize>x;
    let weight = weights;
    const end = weight + PAIR * <usize>count;
    let high0 = i32x4.splat(0);
    let high1 = i32x4.splat(0);
    let high2 = i32x4.splat(0);
    let high3 = i32x4.splat(0);
    let low0 = i32x4.splat(0);
    let low1 = i32x4.splat(0);
    let low2 = i32x4.splat(0);
    let low3 = i32x4.splat(0);
    for (; weight < end; weight += PAIR) {
      const upper = v128.load(from);
      const lower = v128.load(from + stride);
      from += 2 * stride;
      // The same column of both rows side by side.
      const left = i8x16.shuffle(upper, lower, 0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22, 7, 23);
      const right = i8x16.shuffle(upper, lower, 8, 24, 9, 25, 10, 26, 11, 27, 12, 28, 13, 29, 14, 30, 15, 31);
      const pixels0 = i16x8.extend_low_i8x16_u(left);
      const pixels1 = i16x8.extend_high_i8x16_u(left);
      const pixels2 = i16x8.extend_low_i8x16_u(right);
      const pixels3 = i16x8.extend_high_i8x16_u(right);
      const high = v128.load32_splat(weight);
      const low = v128.load32_splat(weight, 4);
      high0 = i32x4.add(high0, i32x4.dot_i16x8_s(pixels0, high));
      high1 = i32x4.add(high1, i32x4.dot_i16x8_s(pixels1, high));
      high2 = i32x4.add(high2, i32x4.dot_i16x8_s(pixels2, high));
      high3 = i32x4.add(high3, i32x4.dot_i16x8_s(pixels3, high));
      low0 = i32x4.add(low0, i32x4.dot_i16x8_s(pixels0, low));
      low1 = i32x4.add(low1, i32x4.dot_i16x8_s(pixels1, low));
      low2 = i32x4.add(low2, i32x4.dot_i16x8_s(pixels2, low));
      low3 = i32x4.add(low3, i32x4.dot_i16x8_s(pixels3, low));
    }
    const first = i16x8.narrow_i32x4_s(bytesOf(high0, low0), bytesOf(high1, low1));
    const second = i16x8.narrow_i32x4_s(bytesOf(high2, low2), bytesOf(high3, low3));
    v128.store(out + <usize>x, i8x16.narrow_i16x8_u(first, second));
  }
}
