import type { Pixels } from '../pixels.ts';
import { borderMatte } from './border-matte.ts';
import { denoise } from './denoise.ts';
import { guidedUpsample } from './guided.ts';

/** What a worker can be asked to do. */
export const kernels = {
  borderMatte: (pixels: Pixels, _: object) => borderMatte(pixels),
  denoise,
  guidedUpsample,
};

export type KernelName = keyof typeof kernels;
export type KernelOptions<Name extends KernelName> = Parameters<(typeof kernels)[Name]>[1];

/** Runs one job in the calling thread. */
export function runJob({ name, pixels, options }: KernelJob): Pixels {
  // Each name has its own options; that they belong together was checked where the job was made.
  return (kernels[name] as (pixels: Pixels, options: unknown) => Pixels)(pixels, options);
}

export interface KernelJob<Name extends KernelName = KernelName> {
  name: Name;
  pixels: Pixels;
  options: KernelOptions<Name>;
}
