import type { Pixels, Size } from '../pixels.ts';

/** Source pixels per new pixel, along one axis. */
const TAPS = 4;

/** The source positions and weights of each new pixel, {@link TAPS} of each. */
interface Axis {
  places: Int32Array;
  weights: Float32Array;
}

/**
 * Enlarges by a cubic kernel (Catmull-Rom), with pixel centres aligned and edge pixels repeated. Colours are weighted
 * by alpha, so that those of fully transparent pixels do not bleed.
 * @param size no side smaller than that of the picture
 */
export function enlarge(pixels: Pixels, size: Size): Pixels {
  const { data, channels } = pixels;
  const { width, height } = size;
  const [across, down] = [axis(pixels.width, width, channels), axis(pixels.height, height, 1)];
  const out = new Uint8ClampedArray(width * height * channels);
  const clear = channels === 2 || channels === 4;
  const stride = pixels.width * channels;
  // Caches widened source rows, since the next new row needs mostly the same ones.
  const kept = Array.from({ length: TAPS }, () => ({ row: -1, line: new Float32Array(width * channels) }));
  const lineOf = (row: number): Float32Array => {
    const place = kept[row % TAPS] as (typeof kept)[number];
    if (place.row === row) return place.line;
    place.row = row;
    const source = data.subarray(row * stride, (row + 1) * stride);
    widen(clear ? weighed(source, channels) : source, across, channels, place.line);
    return place.line;
  };
  for (let y = 0; y < height; y++) {
    const lines = [0, 1, 2, 3].map((tap) => lineOf(down.places[y * TAPS + tap] as number));
    const into = out.subarray(y * width * channels, (y + 1) * width * channels);
    const weights = down.weights.subarray(y * TAPS, (y + 1) * TAPS);
    if (clear) mixClear(lines, weights, channels, into);
    else mix(lines, weights, into);
  }
  return { data: Buffer.from(out.buffer), width, height, channels };
}

function axis(from: number, to: number, step: number): Axis {
  const places = new Int32Array(to * TAPS);
  const weights = new Float32Array(to * TAPS);
  for (let at = 0; at < to; at++) {
    const centre = ((at + 0.5) * from) / to - 0.5;
    const low = Math.floor(centre);
    for (let tap = 0; tap < TAPS; tap++) {
      places[at * TAPS + tap] = Math.min(from - 1, Math.max(0, low - 1 + tap)) * step;
      weights[at * TAPS + tap] = cubic(centre - (low - 1 + tap));
    }
  }
  return { places, weights };
}

function cubic(distance: number): number {
  const x = Math.abs(distance);
  if (x < 1) return 1.5 * x ** 3 - 2.5 * x ** 2 + 1;
  return x < 2 ? -0.5 * x ** 3 + 2.5 * x ** 2 - 4 * x + 2 : 0;
}

/** Multiplies colours by alpha. */
function weighed(row: Uint8Array, channels: number): Float32Array {
  const out = Float32Array.from(row);
  for (let at = 0; at < out.length; at += channels) {
    const share = (row[at + channels - 1] as number) / 255;
    for (let n = 0; n < channels - 1; n++) out[at + n] = (out[at + n] as number) * share;
  }
  return out;
}

function widen(row: ArrayLike<number>, { places, weights }: Axis, channels: number, into: Float32Array): void {
  for (let at = 0, tap = 0; at < into.length; at += channels, tap += TAPS) {
    const [a, b] = [places[tap] as number, places[tap + 1] as number];
    const [c, d] = [places[tap + 2] as number, places[tap + 3] as number];
    const [wa, wb] = [weights[tap] as number, weights[tap + 1] as number];
    const [wc, wd] = [weights[tap + 2] as number, weights[tap + 3] as number];
    for (let n = 0; n < channels; n++) {
      into[at + n] =
        wa * (row[a + n] as number) +
        wb * (row[b + n] as number) +
        wc * (row[c + n] as number) +
        wd * (row[d + n] as number);
    }
  }
}

function mix([a, b, c, d]: ArrayLike<number>[], weights: Float32Array, into: Uint8ClampedArray): void {
  if (!a || !b || !c || !d) return;
  const [wa, wb, wc, wd] = weights as unknown as [number, number, number, number];
  for (let at = 0; at < into.length; at++) {
    into[at] = wa * (a[at] as number) + wb * (b[at] as number) + wc * (c[at] as number) + wd * (d[at] as number);
  }
}

/** As {@link mix}, and divides the colours by alpha. */
function mixClear(lines: ArrayLike<number>[], weights: Float32Array, channels: number, into: Uint8ClampedArray): void {
  const sum = (at: number): number => {
    let total = 0;
    for (let tap = 0; tap < TAPS; tap++)
      total += (weights[tap] as number) * ((lines[tap] as ArrayLike<number>)[at] as number);
    return total;
  };
  for (let at = 0; at < into.length; at += channels) {
    const alpha = sum(at + channels - 1);
    into[at + channels - 1] = alpha;
    const share = alpha <= 0 ? 0 : 255 / alpha;
    for (let n = 0; n < channels - 1; n++) into[at + n] = sum(at + n) * share;
  }
}
