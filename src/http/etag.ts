import type { IncomingHttpHeaders } from 'node:http';

/**
 * Whether the caller already has this representation: `If-None-Match`, weakly compared (RFC 9110 §13.1.2). Only for GET
 * and HEAD, which may be answered with 304.
 */
export function isFresh({ 'if-none-match': known }: IncomingHttpHeaders, etag: string): boolean {
  if (known === undefined) return false;
  const opaque = (tag: string): string => tag.trim().replace(/^W\//, '');
  return known.trim() === '*' || known.split(',').some((tag) => opaque(tag) === opaque(etag));
}
