import type { IncomingHttpHeaders } from 'node:http';
import { PassThrough, type Readable } from 'node:stream';
import { problemOf } from '#contract/problem-data';
import { namesType } from '#http/accept';

/*
 * `text/event-stream`: the only kind of answer that OpenFaaS's gateway hands on piece by piece.
 * Older gateways hand it on whole at the end, which clients read just as well.
 */

export const EVENT_STREAM = 'text/event-stream';

/** Milliseconds after which something is said, so that nobody on the way thinks the line is dead. */
const HEARTBEAT = 10_000;

export type Emit = (event: string, data: unknown, id?: string) => void;

/** Whether a caller asks for events: it may name JSON as well, for older ones. */
export function wantsEvents(headers: IncomingHttpHeaders): boolean {
  return namesType(headers, EVENT_STREAM);
}

/** Headers of an answer made of events; `x-accel-buffering` is for proxies that would collect them. */
export const EVENT_HEADERS: Record<string, string> = {
  'content-type': EVENT_STREAM,
  'cache-control': 'no-store',
  'x-accel-buffering': 'no',
  'x-content-type-options': 'nosniff',
};

/** One event as it is sent (WHATWG HTML §9.2); JSON has no line breaks of its own. */
export function eventText(event: string, data: unknown, id?: string): string {
  return `${id === undefined ? '' : `id: ${id}\n`}event: ${event}\ndata: ${JSON.stringify(data)}\n\n`;
}

/**
 * The events of a piece of work as a stream; ends with it. What it throws becomes the event `failed`, with the
 * members of a problem.
 */
export function eventStream(work: (emit: Emit) => Promise<void>): Readable {
  const stream = new PassThrough();
  const beat = setInterval(() => stream.write(': waiting\n\n'), HEARTBEAT);
  const emit: Emit = (event, data, id) => {
    if (!stream.destroyed) stream.write(eventText(event, data, id));
  };
  stream.on('close', () => clearInterval(beat));
  // The first bytes tell proxies and clients that the answer has begun.
  stream.write(': begun\n\n');
  work(emit)
    .catch((error: unknown) => emit('failed', problemOf(error)))
    .finally(() => {
      clearInterval(beat);
      stream.end();
    });
  return stream;
}
