import { randomUUID } from 'node:crypto';

/** What the caller sent as `X-Call-Id`, when it can stand in a header and a log line; else a new id. */
export function callIdOf(given: string | string[] | Buffer | undefined): string {
  return typeof given === 'string' && /^[\x21-\x7e]{1,128}$/.test(given) ? given : randomUUID();
}
