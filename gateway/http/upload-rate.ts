import type { IncomingMessage } from 'node:http';

/** How slowly a body may arrive. */
export interface UploadRate {
  /** Grace period before the rate is enforced, ms. */
  graceMs: number;
  bytesPerSecond: number;
}

/**
 * Apache's mod_reqtimeout default, with half its grace period; the slowest phones are several times faster.
 */
export const LEAST_UPLOAD_RATE: UploadRate = { graceMs: 10_000, bytesPerSecond: 500 };

/** A body arrived below the minimum rate; the message is for the sender. */
export class TooSlow extends Error {
  constructor({ graceMs, bytesPerSecond }: UploadRate) {
    super(`The body came too slowly: after ${graceMs / 1000} s at least ${bytesPerSecond} bytes a second must come.`);
  }
}

/**
 * Measures how fast a body arrives until it is complete; start it before reading. Time in which the gateway holds the
 * sender back does not count.
 * @param held whether the gateway holds the sender back at this moment
 * @param tooSlow called at most once
 * @returns stops measuring
 */
export function watchUpload(
  request: IncomingMessage,
  rate: UploadRate,
  { held, tooSlow }: { held: () => boolean; tooSlow: (error: TooSlow) => void },
): () => void {
  const { graceMs, bytesPerSecond } = rate;
  const tick = graceMs / 10;
  // What arrived with the head is in the buffer by now.
  const before = request.socket.bytesRead - request.readableLength;
  let waited = 0;
  const timer = setInterval(() => {
    if (request.complete || request.destroyed) return clearInterval(timer);
    if (!held()) waited += tick;
    if (waited <= graceMs + ((request.socket.bytesRead - before) / bytesPerSecond) * 1000) return;
    clearInterval(timer);
    tooSlow(new TooSlow(rate));
  }, tick);
  timer.unref();
  return () => clearInterval(timer);
}
