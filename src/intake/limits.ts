import { envNumber } from '#config/env';

const MIB = 1024 * 1024;

/** Limits of one request; all apply by default. */
export interface Limits {
  /** Bytes of one picture, counted as they arrive. */
  maxBytes: number;
  /** Pixels (width × height) that a picture's header may declare. */
  maxPixels: number;
}

/** `INTAKE_MAX_BYTES` (32 MiB) and `INTAKE_MAX_PIXELS` (50 million). */
export function limitsFromEnv(): Limits {
  return {
    maxBytes: envNumber('INTAKE_MAX_BYTES', 32 * MIB, { min: 1, max: 1024 * MIB }),
    maxPixels: envNumber('INTAKE_MAX_PIXELS', 50_000_000, { min: 1, max: 1_000_000_000 }),
  };
}
