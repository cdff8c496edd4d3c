import { Problem } from '#contract/problems';
import { TokenBucket } from '#kit/token-bucket';

/**
 * Bounds how often something happens in this process: a bucket of `burst` tokens that fills `perMinute` a minute.
 * @returns call it each time; throws Problem `busy` with `Retry-After` when the bucket is empty
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
