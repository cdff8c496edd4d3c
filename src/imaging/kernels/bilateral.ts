import type { Pixels } from '../pixels.ts';
import { filterBands } from './band-filter.ts';

/** Standard deviation of the weight by distance, in pixels: the radius of the window. */
const RADIUS = 3;

/**
 * Bilateral filter (Tomasi and Manduchi, 1998). Each pixel becomes the mean of its neighbours within three pixels,
 * weighted by distance and by similarity of colour (the sum of absolute differences), which removes noise and keeps
 * edges. Time is linear in the number of pixels.
 * @param sigma of the similarity, in levels of 255; about three times the noise
 */
export function bilateral(pixels: Pixels, { sigma }: { sigma: number }): Pixels {
  // Gray counts once, although it comes as three equal colours.
  const gray = pixels.channels < 3 ? 3 : 1;
  return filterBands(pixels, (filters) => {
    filters.setBilateral(halvings(RADIUS), halvings(sigma * gray));
    return filters.bilateral;
  });
}

/** How often a squared difference of 1 halves a Gaussian weight. */
function halvings(sigma: number): number {
  return 1 / (2 * sigma ** 2 * Math.LN2);
}
