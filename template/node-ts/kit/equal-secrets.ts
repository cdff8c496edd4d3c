import { createHash, timingSafeEqual } from 'node:crypto';

/**
 * Compares a caller's text with a secret in constant time, whatever their lengths.
 */
export function equalSecrets(sent: string, secret: string): boolean {
  const digest = (text: string): Buffer => createHash('sha256').update(text).digest();
  return timingSafeEqual(digest(sent), digest(secret));
}
