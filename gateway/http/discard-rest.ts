import type { IncomingMessage } from 'node:http';

/** Most senders stop when an answer arrives early. The rest of what they sent need not be read. */
const LINGER_MS = 200;

/** Discards the rest of an answered request's body, so that its sender gets to read the answer. */
export function discardRest(request: IncomingMessage): void {
  if (request.readableEnded) return;
  if (request.complete) request.resume();
  else setTimeout(() => request.resume(), LINGER_MS).unref();
}
