import type { IncomingHttpHeaders } from 'node:http';
import Negotiator from 'negotiator';

/* Content negotiation with `Accept` (RFC 9110 §12.5.1), including weights and ranges. */

type Headers = Pick<IncomingHttpHeaders, 'accept'>;

/**
 * The type that the caller prefers.
 * @param available with parameters such as `charset`; the default first
 * @returns of types with equal weight the one that the caller names, or names first; `undefined` if none is acceptable
 */
export function preferredType({ accept }: Headers, available: string[]): string | undefined {
  return new Negotiator({ headers: { accept } }).mediaType(available);
}

/** Whether the caller accepts a type by its name; a range such as `text/*` does not count. */
export function namesType({ accept = '' }: Headers, type: string): boolean {
  const named = new Negotiator({ headers: { accept } }).mediaTypes();
  return named.some((one) => one.toLowerCase() === type);
}
