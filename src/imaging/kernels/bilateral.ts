import type { Pixels } from '../pixels.ts';

/**
 * Bilateral filter (Tomasi and Manduchi, 1998). Each pixel becomes the mean of its neighbours, weighted by distance
 * and by similarity of colour, which removes noise and keeps edges. Time is linear in the number of pixels.
 * @param sigma of the similarity, in levels of 255; about three times the noise
 * @param radius of the window, in pixels
 */
export function bilateral(pixels: Pixels, { sigma, radius = 3 }: { sigma: number; radius?: number }): Pixels {
  const { data, width, height, channels } = pixels;
  const colours = channels < 3 ? 1 : 3;
  const out = Buffer.from(data);
  const likeness = likenessTable(sigma, colours);
  const window = nearness(radius);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const at = (y * width + x) * channels;
      const [r0, g0, b0] = [data[at] as number, data[at + colours - 2] ?? 0, data[at + colours - 1] as number];
      let [r, g, b, sum] = [0, 0, 0, 0];
      for (const { dx, dy, weight } of window) {
        const xx = x + dx;
        const yy = y + dy;
        if (xx < 0 || yy < 0 || xx >= width || yy >= height) continue;
        const from = (yy * width + xx) * channels;
        const red = data[from] as number;
        if (colours === 1) {
          const w = weight * (likeness[Math.abs(red - r0)] as number);
          r += w * red;
          sum += w;
          continue;
        }
        const green = data[from + 1] as number;
        const blue = data[from + 2] as number;
        const far = Math.abs(red - r0) + Math.abs(green - g0) + Math.abs(blue - b0);
        const w = weight * (likeness[far] as number);
        r += w * red;
        g += w * green;
        b += w * blue;
        sum += w;
      }
      out[at] = Math.round(r / sum);
      if (colours === 1) continue;
      out[at + 1] = Math.round(g / sum);
      out[at + 2] = Math.round(b / sum);
    }
  }
  return { data: out, width, height, channels };
}

/** Weights by the sum of absolute differences of the colours. */
function likenessTable(sigma: number, colours: number): Float32Array {
  const scale = -1 / (2 * sigma * sigma);
  return Float32Array.from({ length: 256 * colours }, (_, far) => Math.exp(far * far * scale));
}

/** The offsets within a circle, weighted by distance. */
function nearness(radius: number): { dx: number; dy: number; weight: number }[] {
  const sigma = radius;
  const window = [];
  for (let dy = -radius; dy <= radius; dy++) {
    for (let dx = -radius; dx <= radius; dx++) {
      const square = dx * dx + dy * dy;
      if (square <= radius * radius) window.push({ dx, dy, weight: Math.exp(-square / (2 * sigma * sigma)) });
    }
  }
  return window;
}
