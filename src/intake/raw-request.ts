import type { FormFile } from './multipart.ts';

/** The parts of a request, unchecked. */
export interface Raw {
  options: Record<string, unknown>;
  bytes?: Buffer | undefined;
  /** Files of a form, in order. */
  files?: FormFile[];
  /** Named sources: field → value. */
  sources: Record<string, unknown>;
}
