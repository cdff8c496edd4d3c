/**
 * Reads `Retry-After` (RFC 9110 §10.2.3): seconds, or a date.
 * @param now milliseconds since 1970
 * @returns milliseconds from now; 0 without the header, for a past time or an invalid value
 */
export function parseRetryAfter(header: string | undefined, now = Date.now()): number {
  if (header === undefined) return 0;
  const wait = /^\s*\d+\s*$/.test(header) ? Number(header) * 1000 : Date.parse(header) - now;
  return Number.isFinite(wait) ? Math.max(0, wait) : 0;
}
