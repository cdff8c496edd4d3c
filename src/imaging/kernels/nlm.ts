import type { Pixels } from '../pixels.ts';
import { filterBands } from './band-filter.ts';

/** Squared differences that are added to one distance: patches of 3 × 3 in three colours. */
const PATCH = 27;
/** The weight of a patch falls to 1/e with this squared distance beyond the noise, in squared σ. */
const WIDTH = 0.55 ** 2;

/**
 * Non-local means (Buades, Coll and Morel, 2005): each pixel becomes the mean of nearby pixels (11 × 11) with similar
 * surroundings (3 × 3). The distance that noise alone causes, 2σ² a colour, is subtracted. Time is linear in the number
 * of pixels: offset by offset, the squared differences of the picture and its shifted copy give the weights of all.
 * @param sigma of the noise, in levels of 255
 */
export function nonLocalMeans(pixels: Pixels, { sigma }: { sigma: number }): Pixels {
  return filterBands(pixels, (filters) => {
    filters.setNonLocalMeans(PATCH * 2 * sigma ** 2, PATCH * Math.max(1e-6, WIDTH * sigma ** 2) * Math.LN2);
    return filters.nonLocalMeans;
  });
}
