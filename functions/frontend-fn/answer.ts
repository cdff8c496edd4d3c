import type { Readable } from 'node:stream';
import type { HeaderValue } from '#handler';

/** What a route answers; every header of {@link SECURITY} is added. */
export interface RouteAnswer {
  status?: number;
  headers: Record<string, HeaderValue>;
  body: Buffer | string | Readable;
}

/** The page is allowed itself and nothing else; pictures also come from memory (`blob:`) and inline (`data:`). */
export const SECURITY: Record<string, string> = {
  'content-security-policy': [
    "default-src 'none'",
    "script-src 'self'",
    "style-src 'self'",
    "img-src 'self' data: blob:",
    "connect-src 'self'",
    "form-action 'self'",
    "base-uri 'self'",
    "frame-ancestors 'none'",
  ].join('; '),
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
};

export const HTML = 'text/html; charset=utf-8';

/** An HTML document. */
export function htmlAnswer(document: string, status = 200): RouteAnswer {
  return {
    status,
    headers: { 'content-type': HTML, 'cache-control': 'no-store' },
    body: document,
  };
}
