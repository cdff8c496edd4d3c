import type { Size } from './pixels.ts';

/** What a JPEG decoder may divide the size by: it then leaves out frequencies that the smaller picture cannot show. */
const DIVISORS = [8, 4, 2];
/**
 * The least reduction that is left to Lanczos. From here on the result differs by less than the encoder's own loss
 * (docs/benchmarks.md); below, fine textures would show.
 */
const LEAST_LEFT = 1.8;

/** sharp's way to choose the divisor. */
export interface ShrinkOnLoad {
  /** sharp's option: `false` leaves a reduction of at least two, `true` less. */
  fastShrinkOnLoad: boolean;
}

/**
 * Decides how far the decoder of a JPEG may scale down.
 * @param before size of the picture
 * @param after size after scaling, before any cropping
 * @returns `undefined` if it may not
 */
export function shrinkOnLoad(before: Size, after: Size): ShrinkOnLoad | undefined {
  const reduction = Math.min(before.width / after.width, before.height / after.height);
  const fast = divisorOf(reduction, 1);
  if (fast > 1 && reduction / fast >= LEAST_LEFT) return { fastShrinkOnLoad: true };
  return divisorOf(reduction, 2) > 1 ? { fastShrinkOnLoad: false } : undefined;
}

/** As sharp computes it. @param factor 1 with `fastShrinkOnLoad`, otherwise 2 */
function divisorOf(reduction: number, factor: number): number {
  const divisor = DIVISORS.find((one) => reduction >= one * factor) ?? 1;
  return Math.floor(reduction) === divisor ? divisor / 2 : divisor;
}
