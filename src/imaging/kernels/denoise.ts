import type { Pixels } from '../pixels.ts';
import { bilateral } from './bilateral.ts';
import { despeckle } from './despeckle.ts';
import { nonLocalMeans } from './nlm.ts';
import { estimateNoise } from './noise.ts';

export interface DenoiseJob {
  mode: 'auto' | 'bilateral' | 'nlm';
  /** Factor on the estimated noise. */
  strength: number;
}

/** Share of specks from which a picture has salt-and-pepper noise; clean photos stay below 0.05 %. */
const SPECKLED = 0.002;
/** Noise below this, in levels, is invisible; filtering would only cost detail. */
const UNSEEN = 1.5;
/** Texture (see {@link estimateNoise}) from which non-local means loses more detail than a bilateral filter. */
const TEXTURED = 1.2;
/** Most pixels for which `auto` uses non-local means: about three seconds. */
const NLM_PIXELS = 12_000_000;

/** Removes noise. A picture without noise is returned unchanged. bench/denoise measures the choices of `auto`. */
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
