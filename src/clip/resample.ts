/*
 * Pillow's bicubic resampling, bit for bit: a horizontal and a vertical pass with an antialiased cubic kernel (a =
 * -0.5), fixed-point weights, and 8-bit pixels between the passes. CLIP models are trained on it. Only the requested
 * window is computed, so a centre crop costs no more than its own pixels.
 */

/** Fractional bits of the weights: 32, minus 8 for the pixel, minus 2 of headroom for the negative lobes. */
const PRECISION = 22;
const HALF = 1 << (PRECISION - 1);
const CUBIC = -0.5;
/** Source pixels that the kernel covers to each side at scale 1. */
const REACH = 2;

/** 8-bit RGB pixels, row by row, interleaved. */
export interface RgbImage {
  data: Uint8Array;
  width: number;
  height: number;
}

/** A part of the resized picture, in pixels of the result. */
export interface CropWindow {
  left: number;
  top: number;
  width: number;
  height: number;
}

/** For each output pixel of one axis: its first source pixel, the number of source pixels, and their weights. */
interface Weights {
  starts: Int32Array;
  counts: Int32Array;
  /** `taps` fixed-point weights per output pixel. */
  values: Int32Array;
  taps: number;
}

/** A part of the source, possibly resized along one axis. Along the other axis it starts at pixel `first`. */
interface Part {
  data: Uint8Array;
  /** Bytes per row. */
  stride: number;
  first: number;
}

/**
 * Resizes a picture as Pillow's `Image.resize((width, height), BICUBIC)` does and returns a `window` of the result:
 * the same bytes as resizing everything and cropping.
 */
export function resampleWindow(source: RgbImage, width: number, height: number, window: CropWindow): Uint8Array {
  const across = cubicWeights(source.width, width, window.left, window.width);
  const down = cubicWeights(source.height, height, window.top, window.height);
  const whole = { data: source.data, stride: source.width * 3, first: 0 };
  if (isDownFirst(source, width, height)) {
    const { first, count } = span(across);
    const flat = { data: passDown(whole, down, first, count), stride: count * 3, first };
    return passAcross(flat, across, 0, window.height);
  }
  const { first, count } = span(down);
  const narrow = { data: passAcross(whole, across, first, count), stride: window.width * 3, first };
  return passDown(narrow, down, 0, window.width);
}

/**
 * Pixels are rounded to 8 bits between the passes, so the order of the passes is visible. Pillow (13) starts with the
 * vertical pass for tall pictures that lose more than twice as many rows as columns.
 */
function isDownFirst(source: RgbImage, width: number, height: number): boolean {
  const rows = source.height - height;
  return rows > 0 && rows > (source.width - width) * 2;
}

/** The range of source pixels that the weights use. */
function span({ starts, counts }: Weights): { first: number; count: number } {
  const first = starts[0] ?? 0;
  const last = starts.length - 1;
  return { first, count: (starts[last] ?? 0) + (counts[last] ?? 0) - first };
}

/** The weights of `count` output pixels, starting at `first`, for scaling `inSize` pixels to `outSize`. */
function cubicWeights(inSize: number, outSize: number, first: number, count: number): Weights {
  const scale = inSize / outSize;
  // For antialiasing, shrinking stretches the kernel over all source pixels that an output pixel covers.
  const stretch = Math.max(scale, 1);
  const support = REACH * stretch;
  const taps = Math.ceil(support) * 2 + 1;
  const weights = { starts: new Int32Array(count), counts: new Int32Array(count), taps };
  const values = new Int32Array(count * taps);
  const exact = new Float64Array(taps);
  for (let i = 0; i < count; i += 1) {
    const centre = (first + i + 0.5) * scale;
    const start = Math.max(Math.trunc(centre - support + 0.5), 0);
    const reach = Math.min(Math.trunc(centre + support + 0.5), inSize) - start;
    let sum = 0;
    for (let tap = 0; tap < reach; tap += 1) {
      const weight = cubic((tap + start - centre + 0.5) * (1 / stretch));
      exact[tap] = weight;
      sum += weight;
    }
    for (let tap = 0; tap < reach; tap += 1) values[i * taps + tap] = toFixed((exact[tap] ?? 0) / (sum || 1));
    weights.starts[i] = start;
    weights.counts[i] = reach;
  }
  return { ...weights, values };
}

function cubic(distance: number): number {
  const x = Math.abs(distance);
  if (x < 1) return ((CUBIC + 2) * x - (CUBIC + 3)) * x * x + 1;
  if (x < 2) return (((x - 5) * x + 8) * x - 4) * CUBIC;
  return 0;
}

/** Rounds half away from zero, as Pillow does. */
function toFixed(weight: number): number {
  return Math.trunc(weight * (1 << PRECISION) + (weight < 0 ? -0.5 : 0.5));
}

function toByte(sum: number): number {
  const value = sum >> PRECISION;
  return value < 0 ? 0 : value > 255 ? 255 : value;
}

/*
 * Both passes sum the three channels of a pixel together, so that weights are read once and sums stay in registers.
 * `Math.imul`, because a plain product must be able to represent -0, which costs a third of the time.
 */

/** The horizontal pass over `rows` rows of the part, starting at `firstRow`. */
function passAcross(part: Part, weights: Weights, firstRow: number, rows: number): Uint8Array {
  const { data, stride, first } = part;
  const { starts, counts, values, taps } = weights;
  const width = starts.length;
  const out = new Uint8Array(rows * width * 3);
  let to = 0;
  for (let row = 0; row < rows; row += 1) {
    const line = (firstRow + row) * stride;
    for (let x = 0; x < width; x += 1) {
      let red = HALF;
      let green = HALF;
      let blue = HALF;
      let from = line + ((starts[x] as number) - first) * 3;
      const weight = x * taps;
      const end = weight + (counts[x] as number);
      for (let tap = weight; tap < end; tap += 1) {
        const value = values[tap] as number;
        red = (red + Math.imul(data[from] as number, value)) | 0;
        green = (green + Math.imul(data[from + 1] as number, value)) | 0;
        blue = (blue + Math.imul(data[from + 2] as number, value)) | 0;
        from += 3;
      }
      out[to] = toByte(red);
      out[to + 1] = toByte(green);
      out[to + 2] = toByte(blue);
      to += 3;
    }
  }
  return out;
}

/** The vertical pass over `columns` columns of the part, starting at `firstColumn`. */
function passDown(part: Part, weights: Weights, firstColumn: number, columns: number): Uint8Array {
  const { data, stride, first } = part;
  const { starts, counts, values, taps } = weights;
  const height = starts.length;
  const out = new Uint8Array(height * columns * 3);
  let to = 0;
  for (let y = 0; y < height; y += 1) {
    const line = ((starts[y] as number) - first) * stride + firstColumn * 3;
    const weight = y * taps;
    const end = weight + (counts[y] as number);
    for (let x = 0; x < columns; x += 1) {
      let red = HALF;
      let green = HALF;
      let blue = HALF;
      let from = line + x * 3;
      for (let tap = weight; tap < end; tap += 1) {
        const value = values[tap] as number;
        red = (red + Math.imul(data[from] as number, value)) | 0;
        green = (green + Math.imul(data[from + 1] as number, value)) | 0;
        blue = (blue + Math.imul(data[from + 2] as number, value)) | 0;
        from += stride;
      }
      out[to] = toByte(red);
      out[to + 1] = toByte(green);
      out[to + 2] = toByte(blue);
      to += 3;
    }
  }
  return out;
}
