import type { Pixels } from '../pixels.ts';

/** Most colours of a background. */
const COLOURS = 10;
const ROUNDS = 8;
/** Width of the frame that counts as background, as a share of the shorter side. */
const FRAME = 0.04;
/**
 * Soft edge of the mask: below the first share of the threshold a pixel is background, above the second it is object.
 */
const NEAR = 0.75;
const FAR = 1.25;
/** Least spread of a background colour, in levels of 255, even if it is perfectly uniform. */
const LEAST_SPREAD = 6;
/** Most spread; otherwise a busy background would include the object. */
const MOST_SPREAD = 22;
/** Least threshold, in spreads; a lower one would find an object in plain background. */
const LEAST_THRESHOLD = 1.2;

interface Colour {
  mean: [number, number, number];
  spread: number;
}

/**
 * Separates object and background by colour alone. The edge of the picture counts as background, and its colours are
 * clustered. The object is what differs from all of them, and what is enclosed by that. Needs no model. Works well for
 * things on a plain background, and badly if object and background share colours.
 * @param pixels a small picture (about 160 px), RGB
 * @returns one channel: 0 background, 255 object
 */
export function borderMask(pixels: Pixels): Pixels {
  const { width, height } = pixels;
  const background = gather(framePixels(pixels));
  const object = new Float32Array(width * height);
  for (let at = 0; at < object.length; at++) {
    object[at] =
      Math.min(20, distance(pixels, at, background)) * centred(at % width, Math.floor(at / width), width, height);
  }
  const threshold = Math.max(LEAST_THRESHOLD, otsu(object));
  for (let at = 0; at < object.length; at++) {
    const share = Math.min(1, Math.max(0, ((object[at] as number) / threshold - NEAR) / (FAR - NEAR)));
    object[at] = share * share * (3 - 2 * share);
  }
  fillHoles(object, width, height);
  return { data: Buffer.from(object.map((share) => Math.round(share * 255))), width, height, channels: 1 };
}

function framePixels({ data, width, height, channels }: Pixels): number[][] {
  const frame = Math.max(1, Math.round(Math.min(width, height) * FRAME));
  const found: number[][] = [];
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const inside = x >= frame && y >= frame && x < width - frame && y < height - frame;
      if (inside) continue;
      const at = (y * width + x) * channels;
      found.push([data[at] as number, data[at + 1] as number, data[at + 2] as number]);
    }
  }
  return found;
}

/** Clusters by k-means. Starts from evenly spaced samples, so that the same picture always gives the same colours. */
function gather(samples: number[][]): Colour[] {
  let means = Array.from(
    { length: COLOURS },
    (_, k) => samples[Math.floor(((k + 0.5) * samples.length) / COLOURS)] ?? [0, 0, 0],
  );
  let members: number[][][] = [];
  for (let round = 0; round < ROUNDS; round++) {
    members = means.map(() => []);
    for (const sample of samples) {
      const nearest = means.reduce(
        (best, mean, k) => (square(sample, mean) < square(sample, means[best] as number[]) ? k : best),
        0,
      );
      members[nearest]?.push(sample);
    }
    means = means.map((mean, k) => average(members[k] ?? []) ?? mean);
  }
  return members.flatMap((list, k) => {
    // A small cluster is an object that reaches the edge, not background.
    if (list.length < samples.length * 0.03) return [];
    const mean = means[k] as [number, number, number];
    const variance = list.reduce((sum, sample) => sum + square(sample, mean), 0) / list.length / 3;
    return [{ mean, spread: Math.min(MOST_SPREAD, Math.sqrt(variance) + LEAST_SPREAD) }];
  });
}

function average(list: number[][]): number[] | undefined {
  if (list.length === 0) return undefined;
  return [0, 1, 2].map((c) => list.reduce((sum, sample) => sum + (sample[c] as number), 0) / list.length);
}

function square(a: number[], b: number[]): number {
  return [0, 1, 2].reduce((sum, c) => sum + ((a[c] as number) - (b[c] as number)) ** 2, 0);
}

/** Distance to the nearest background colour, in its spreads. */
function distance({ data, channels }: Pixels, at: number, background: Colour[]): number {
  const [r, g, b] = [
    data[at * channels] as number,
    data[at * channels + 1] as number,
    data[at * channels + 2] as number,
  ];
  let least = Number.POSITIVE_INFINITY;
  for (const { mean, spread } of background) {
    const far = Math.sqrt(((r - mean[0]) ** 2 + (g - mean[1]) ** 2 + (b - mean[2]) ** 2) / 3) / spread;
    if (far < least) least = far;
  }
  return least;
}

/** Objects tend to be in the middle: the weight is 1 there and falls towards the edges. */
function centred(x: number, y: number, width: number, height: number): number {
  const [dx, dy] = [(x + 0.5) / width - 0.5, (y + 0.5) / height - 0.5];
  return 0.35 + 0.65 * Math.exp(-(dx * dx + dy * dy) / 0.18);
}

/** The threshold that best splits values into two groups (Otsu, 1979). */
function otsu(values: Float32Array): number {
  const bins = 128;
  const most = values.reduce((a, b) => Math.max(a, b), 1e-6);
  const counts = new Float64Array(bins);
  for (const value of values)
    counts[Math.min(bins - 1, Math.floor((value / most) * bins))] =
      (counts[Math.min(bins - 1, Math.floor((value / most) * bins))] as number) + 1;
  const total = counts.reduce((sum, count, bin) => sum + count * bin, 0);
  let [best, at, below, sum] = [0, 0, 0, 0];
  for (let bin = 0; bin < bins; bin++) {
    below += counts[bin] as number;
    sum += (counts[bin] as number) * bin;
    const above = values.length - below;
    if (below === 0 || above === 0) continue;
    const between = below * above * (sum / below - (total - sum) / above) ** 2;
    if (between > best) [best, at] = [between, bin + 1];
  }
  return (at / bins) * most;
}

/** Fills holes: what is not connected to the edge through background is object, whatever its colour. */
function fillHoles(object: Float32Array, width: number, height: number): void {
  const outside = new Uint8Array(object.length);
  const queue: number[] = [];
  const visit = (at: number): void => {
    if (outside[at] || (object[at] as number) >= 0.5) return;
    outside[at] = 1;
    queue.push(at);
  };
  for (let x = 0; x < width; x++) [x, (height - 1) * width + x].forEach(visit);
  for (let y = 0; y < height; y++) [y * width, y * width + width - 1].forEach(visit);
  while (queue.length > 0) {
    const at = queue.pop() as number;
    const x = at % width;
    if (x > 0) visit(at - 1);
    if (x < width - 1) visit(at + 1);
    if (at >= width) visit(at - width);
    if (at < object.length - width) visit(at + width);
  }
  for (let at = 0; at < object.length; at++) if (!outside[at] && (object[at] as number) < 0.5) object[at] = 1;
}
