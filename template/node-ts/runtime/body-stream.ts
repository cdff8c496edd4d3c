import type { IncomingMessage } from 'node:http';
import { Readable } from 'node:stream';

/**
 * The request body as a stream that the handler may stop reading or destroy. Destroying the request itself, as a failed
 * pipeline does, would close the connection before the handler's 413 is sent.
 * @param onFirstRead called when the handler begins to read
 */
export function requestBody(req: IncomingMessage, onFirstRead?: () => void): Readable {
  let ended = false;
  let begin = onFirstRead;
  const onData = (chunk: Buffer) => {
    if (!body.push(chunk)) req.pause();
  };
  const onEnd = () => {
    ended = true;
    body.push(null);
  };
  const onClose = () => {
    if (!ended) body.destroy(new Error('The caller left before the request was complete.'));
  };
  const body: Readable = new Readable({
    read() {
      begin?.();
      begin = undefined;
      req.resume();
    },
    destroy(error, done) {
      req.off('data', onData).off('end', onEnd).off('close', onClose);
      // The rest stays in the kernel, which slows the sender down, until the answer has begun.
      if (!ended) req.pause();
      done(error);
    },
  });
  // A caller that disconnects must not crash a handler that does not read its body.
  body.on('error', () => {});
  req.pause();
  req
    .on('data', onData)
    .on('end', onEnd)
    .on('close', onClose)
    .on('error', () => {});
  return body;
}

/** How much of a request is read after it has been answered. */
export interface DiscardLimits {
  bytes: number;
  ms: number;
}

/** Generous: some senders read the answer only after they have sent everything. */
const DISCARD: DiscardLimits = { bytes: 64 * 2 ** 20, ms: 10_000 };
const CHECK_MS = 100;
/** Most senders stop when they get an early answer; the rest need not be read. */
const LINGER_MS = 200;

/**
 * Discards the rest of an answered request, so that the connection can be reused; closes the connection if the rest is
 * too large or too slow.
 */
export function discardRest(req: IncomingMessage, limits: DiscardLimits = DISCARD): void {
  if (req.complete || req.destroyed) {
    req.resume();
    return;
  }
  setTimeout(() => req.resume(), Math.min(LINGER_MS, limits.ms)).unref();
  const { socket } = req;
  const firstByte = socket.bytesRead;
  const deadline = performance.now() + limits.ms;
  const check = setInterval(() => {
    if (req.complete || socket.destroyed) clearInterval(check);
    else if (socket.bytesRead - firstByte > limits.bytes || performance.now() > deadline) socket.destroy();
  }, CHECK_MS);
  check.unref();
}
