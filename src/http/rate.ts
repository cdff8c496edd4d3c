import { Problem } from '#contract/problems';
import { TokenBucket } from '#kit/token-bucket';

/**
 * A rate limit for this process: a token bucket of `burst` tokens that refills at `perMinute`.
 * @returns a function that takes a token; it throws Problem `busy` with `Retry-After` if the bucket is empty
 */
export function createRate(
  { perMinute, burst }: { perMinute: number; burst: number },
  clock: () => number = () => performance.now(),
): () => void {
  const bucket = new TokenBucket({ capacity: burst, perMinute }, clock);
  return () => {
    const seconds = bucket.take();
    if (seconds > 0) {
      throw new Problem('busy', 'Too many of these at once; try again in a moment.', {
        headers: { 'retry-after': String(seconds) },
      });
    }
  };
}
