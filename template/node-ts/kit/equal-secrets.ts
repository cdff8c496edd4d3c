import { createHash, timingSafeEqual } from 'node:crypto';

/**
 * Compares what a caller gave with a secret in constant time: it tells nothing of where they differ, nor of their
 * lengths.
 */
export function equalSecrets(given: string, secret: string): boolean {
  const digest = (text: string): Buffer => createHash('sha256').update(text).digest();
  return timingSafeEqual(digest(given), digest(secret));
}
