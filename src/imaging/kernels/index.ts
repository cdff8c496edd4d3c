import type { ProblemCode } from '#platform/problems';
import type { matte } from '../matte/matte.ts';
import type { Pixels } from '../pixels.ts';
import { borderMatte } from './border-matte.ts';
import { denoise } from './denoise.ts';
import { enlarge } from './enlarge.ts';
import { estimateForeground } from './foreground.ts';
import { guidedUpsample } from './guided.ts';
import { survey } from './visible.ts';

/** What any worker can be asked to do. */
export const kernels = {
  borderMatte: (pixels: Pixels, _: object) => borderMatte(pixels),
  denoise,
  enlarge,
  estimateForeground,
  guidedUpsample,
  survey: (pixels: Pixels, _: object) => survey(pixels),
};

/** `matte` is there only where the worker brings the engine for it. */
type Kernels = typeof kernels & { matte: typeof matte };
export type KernelName = keyof Kernels;
export type KernelOptions<Name extends KernelName> = Parameters<Kernels[Name]>[1];

export interface KernelJob<Name extends KernelName = KernelName> {
  name: Name;
  pixels: Pixels;
  options: KernelOptions<Name>;
}

/** A picture, or a problem as data: errors do not keep their members on the way between threads. */
export type KernelReply =
  | { pixels: Pixels }
  | { problem: { code: ProblemCode; message: string; headers: Record<string, string> } };

/** Runs one job in the calling thread. */
export function runJob({ name, pixels, options }: KernelJob): Pixels {
  if (name === 'matte') throw new Error('models run in worker threads only');
  // Each name has its own options; that they belong together was checked where the job was made.
  return (kernels[name] as (pixels: Pixels, options: unknown) => Pixels)(pixels, options);
}
