import type { IncomingHttpHeaders } from 'node:http';
import Negotiator from 'negotiator';

/* What a caller asks for with `Accept` (RFC 9110 §12.5.1), weights and ranges included. */

type Headers = Pick<IncomingHttpHeaders, 'accept'>;

/**
 * The type that a caller prefers.
 * @param available the one that is meant without a word first; each with its parameters, such as `charset`
 * @returns of types with equal weight the one that the caller names, or names first; `undefined`: it takes none of them
 */
export function preferredType({ accept }: Headers, available: string[]): string | undefined {
  return new Negotiator({ headers: { accept } }).mediaType(available);
}

/** Whether a caller takes a type and says so by its name: a range such as `text/*` does not count. */
export function namesType({ accept = '' }: Headers, type: string): boolean {
  const named = new Negotiator({ headers: { accept } }).mediaTypes();
  return named.some((one) => one.toLowerCase() === type);
}
