import type { IncomingMessage } from 'node:http';

/** Most senders stop at an early answer. What they have sent by then need not be read. */
const LINGER_MS = 200;

/** Reads away what is left of an answered request, so that its sender comes to read the answer. */
export function discardRest(request: IncomingMessage): void {
  if (request.readableEnded) return;
  if (request.complete) request.resume();
  else setTimeout(() => request.resume(), LINGER_MS).unref();
}
