import { Problem } from '#contract/problems';

/**
 * Bounds how often something happens in this process: a bucket of `burst` tokens that fills `perMinute` a minute.
 * @returns call it each time; throws Problem `busy` with `Retry-After` when the bucket is empty
 */
export function createRate(
  { perMinute, burst }: { perMinute: number; burst: number },
  clock: () => number = () => performance.now(),
): () => void {
  let tokens = burst;
  let last = clock();
  return () => {
    const now = clock();
    tokens = Math.min(burst, tokens + ((now - last) / 60_000) * perMinute);
    last = now;
    if (tokens < 1) {
      const seconds = Math.ceil(((1 - tokens) * 60) / perMinute);
      throw new Problem('busy', 'Too many of these at once; try again in a moment.', {
        headers: { 'retry-after': String(seconds) },
      });
    }
    tokens -= 1;
  };
}
