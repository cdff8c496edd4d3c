import type { Pixels } from '../pixels.ts';
import { bilateral } from './bilateral.ts';
import { despeckle } from './despeckle.ts';
import { nonLocalMeans } from './nlm.ts';
import { estimateNoise } from './noise.ts';

export interface DenoiseJob {
  mode: 'auto' | 'bilateral' | 'nlm';
  /** Factor on the noise that was estimated. */
  strength: number;
}

/** Share of specks above which a picture has salt and pepper; untouched photos stay below 0.05 %. */
const SPECKLED = 0.002;
/** Noise below this, in levels, is not seen; filtering would only cost detail. */
const UNSEEN = 1.5;
/** How much busier than its calm parts a picture is before non-local means costs more detail than a bilateral. */
const TEXTURED = 1.2;
/** Largest picture that `auto` gives to non-local means, in pixels: about four seconds. */
const NLM_PIXELS = 2_000_000;

/**
 * Removes the noise a picture has; bench/denoise holds the figures that the choices of `auto` rest on.
 * A picture without noise comes back as it was.
 */
export function denoise(pixels: Pixels, { mode, strength }: DenoiseJob): Pixels {
  const first = estimateNoise(pixels);
  const clean = mode === 'auto' && first.impulses > SPECKLED ? despeckle(pixels) : pixels;
  const { sigma, texture } = clean === pixels ? first : estimateNoise(clean);
  if (strength === 0 || sigma === 0 || (mode === 'auto' && sigma < UNSEEN)) return clean;
  const small = pixels.width * pixels.height <= NLM_PIXELS;
  if (mode === 'nlm' || (mode === 'auto' && small && texture < TEXTURED)) {
    return nonLocalMeans(clean, { sigma: sigma * strength });
  }
  return bilateral(clean, { sigma: 3 * sigma * strength });
}
