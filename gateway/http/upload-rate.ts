import type { IncomingMessage } from 'node:http';

/** How slowly a body may come. */
export interface UploadRate {
  /** Time before the rate is asked for, ms. */
  graceMs: number;
  bytesPerSecond: number;
}

/**
 * What Apache's mod_reqtimeout asks for by default, with half its grace; the slowest phone sends several times as much.
 */
export const LEAST_UPLOAD_RATE: UploadRate = { graceMs: 10_000, bytesPerSecond: 500 };

/** A body came more slowly than the least rate; the message is for the sender. */
export class TooSlow extends Error {
  constructor({ graceMs, bytesPerSecond }: UploadRate) {
    super(`The body came too slowly: after ${graceMs / 1000} s at least ${bytesPerSecond} bytes a second must come.`);
  }
}

/**
 * Looks at how a body comes in, until it is whole; begun before any of it is read. Time in which it is held back by us
 * does not count.
 * @param held whether the sender waits for us at this moment
 * @param tooSlow is told once
 * @returns how to stop looking
 */
export function watchUpload(
  request: IncomingMessage,
  rate: UploadRate,
  { held, tooSlow }: { held: () => boolean; tooSlow: (error: TooSlow) => void },
): () => void {
  const { graceMs, bytesPerSecond } = rate;
  const tick = graceMs / 10;
  // What came along with the head lies in the buffer by now.
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
