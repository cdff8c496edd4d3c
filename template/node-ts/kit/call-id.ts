import { randomUUID } from 'node:crypto';

/** The caller's `X-Call-Id` if it is valid in a header and a log line; otherwise a new id. */
export function callIdOf(sent: string | string[] | Buffer | undefined): string {
  return typeof sent === 'string' && /^[\x21-\x7e]{1,128}$/.test(sent) ? sent : randomUUID();
}
