import type { IncomingMessage } from 'node:http';
import { Readable } from 'node:stream';

/**
 * The request body as a stream that the handler may stop reading or destroy: destroying the request itself, as a
 * failing pipeline does, would cut the connection before the handler's 413 could be sent.
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
      // What is left stays in the kernel, holding the sender back, until the answer is on its way.
      if (!ended) req.pause();
      done(error);
    },
  });
  // A handler that never looks at its body must not be killed by the caller's leaving.
  body.on('error', () => {});
  req.pause();
  req
    .on('data', onData)
    .on('end', onEnd)
    .on('close', onClose)
    .on('error', () => {});
  return body;
}

/** How much of a request is still read once it has been answered. */
export interface DiscardLimits {
  bytes: number;
  ms: number;
}

/** Generous: a sender that sees its answer stops by itself; one that reads only after sending must get to the end. */
const DISCARD: DiscardLimits = { bytes: 64 * 2 ** 20, ms: 10_000 };
const CHECK_MS = 100;
/** Most senders stop at an early answer. What they have sent by then need not be read. */
const LINGER_MS = 200;

/**
 * Lets the rest of an answered request run out, so that the connection can be used again; cuts the connection when
 * that takes too much or too long.
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
