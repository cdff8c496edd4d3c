/**
 * Exponential backoff without jitter: the pause doubles with each failure.
 * @param failures in a row; 1 is the first
 * @param pauses in milliseconds: after the first failure, and the longest
 * @returns milliseconds
 */
export function exponentialBackoff(failures: number, { first, longest }: { first: number; longest: number }): number {
  // Limited to 2^30, because 0 × ∞ is not a number; the longest pause is reached before.
  return Math.min(longest, first * 2 ** Math.min(30, failures - 1));
}
