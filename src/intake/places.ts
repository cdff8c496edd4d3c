import type { Readable } from 'node:stream';
import type { FunctionEvent } from '#handler';
import { type Place, Places } from '#process/places';
import type { Caller } from './body-budget.ts';

/** A request with its place. */
export type Placed = FunctionEvent<Readable> & Caller;

/** Bodies up to this size never wait behind larger ones, which take longer to process. */
const SMALL_BYTES = 2 * 1024 * 1024;
const RULES = {
  // More would not use the processors better, and admitted requests would wait longer.
  total: 64,
  waiting: 512,
  patience: { burst: 5_000, standing: 1_000, after: 2_000 },
};
const places = { small: new Places(RULES), large: new Places(RULES) };

/**
 * Handles a request in a place, which it takes before the body is read. So surplus requests cost no more than their
 * headers.
 * @param handle when it settles, the place is released; the answer may still be in transit
 * @throws Problem `busy` with `Retry-After` when there is no place in time; the signal's reason when the caller leaves
 */
export async function inPlace<T>(
  event: FunctionEvent<Readable>,
  handle: (event: Placed) => T | Promise<T>,
): Promise<T> {
  const length = Number(event.headers['content-length'] ?? 0);
  const unknown = event.headers['transfer-encoding'] !== undefined;
  const place: Place = await places[unknown || length > SMALL_BYTES ? 'large' : 'small'].enter(event.signal);
  try {
    return await handle({ ...event, place });
  } finally {
    place.leave();
  }
}
