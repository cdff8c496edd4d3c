/**
 * Exponential backoff without jitter: the pause doubles with each failure.
 * @param failures in a row; 1 is the first
 * @param pauses in milliseconds: after the first failure, and the longest
 * @returns milliseconds
 */
export function exponentialBackoff(failures: number, { first, longest }: { first: number; longest: number }): number {
  // Beyond 2^30 only the longest pause is left, and 0 × ∞ would be no number.
  return Math.min(longest, first * 2 ** Math.min(30, failures - 1));
}
