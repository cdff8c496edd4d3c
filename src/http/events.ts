import type { IncomingHttpHeaders } from 'node:http';
import { PassThrough, type Readable } from 'node:stream';
import { problemOf } from '#contract/problem-data';
import { namesType } from '#http/accept';

/*
 * `text/event-stream`: the only kind of answer that OpenFaaS's gateway does not buffer. Older gateways buffer it, too,
 * which clients can read as well.
 */

const EVENT_STREAM = 'text/event-stream';

/** A comment is sent at this interval in milliseconds, so that proxies do not close the connection. */
const HEARTBEAT = 10_000;

export type Emit = (event: string, data: unknown, id?: string) => void;

/** Whether a caller accepts events; it may also accept JSON, for older functions. */
export function wantsEvents(headers: IncomingHttpHeaders): boolean {
  return namesType(headers, EVENT_STREAM);
}

/** Headers of an event stream; `x-accel-buffering` turns off buffering in proxies. */
export const EVENT_HEADERS: Record<string, string> = {
  'content-type': EVENT_STREAM,
  'cache-control': 'no-store',
  'x-accel-buffering': 'no',
  'x-content-type-options': 'nosniff',
};

/** The text of an event (WHATWG HTML §9.2); its JSON has no line breaks. */
function eventText(event: string, data: unknown, id?: string): string {
  return `${id === undefined ? '' : `id: ${id}\n`}event: ${event}\ndata: ${JSON.stringify(data)}\n\n`;
}

/**
 * A stream of the events of some work, which ends with it. An error becomes the event `failed` with the members of a
 * problem.
 */
export function eventStream(work: (emit: Emit) => Promise<void>): Readable {
  const stream = new PassThrough();
  const beat = setInterval(() => stream.write(': waiting\n\n'), HEARTBEAT);
  const emit: Emit = (event, data, id) => {
    if (!stream.destroyed) stream.write(eventText(event, data, id));
  };
  stream.on('close', () => clearInterval(beat));
  // Sent at once, so that proxies and clients see the start of the answer.
  stream.write(': begun\n\n');
  work(emit)
    .catch((error: unknown) => emit('failed', problemOf(error)))
    .finally(() => {
      clearInterval(beat);
      stream.end();
    });
  return stream;
}
