import type { Pixels } from '../pixels.ts';
import { denoise } from './denoise.ts';

/** What a worker can be asked to do. */
export const kernels = { denoise };

export type KernelName = keyof typeof kernels;
export type KernelOptions<Name extends KernelName> = Parameters<(typeof kernels)[Name]>[1];

export interface KernelJob<Name extends KernelName = KernelName> {
  name: Name;
  pixels: Pixels;
  options: KernelOptions<Name>;
}
