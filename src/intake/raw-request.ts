import type { FormFile } from './multipart.ts';

/** A request taken apart: nothing is checked yet. */
export interface Raw {
  options: Record<string, unknown>;
  bytes?: Buffer | undefined;
  /** Files of a form, in order. */
  files?: FormFile[];
  /** Named sources: field → value. */
  sources: Record<string, unknown>;
}
