import type { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import type { AxiosError } from 'axios';
import { TIMES } from '#config/times';
import { Problem } from '#contract/problems';
import { eventReader, type ServerEvent } from './event-stream.ts';
import { type Call, passToFunction } from './function-client.ts';
import { problemInEvent, refused, timedOut, tooMuch, unreachable } from './function-errors.ts';

/** Memory for a long line: a picture in base64 is the largest thing in one. All sizes are bytes. */
export interface LongLine {
  /** Lines that are no longer than this never ask for it. */
  small: number;
  /** A longer one is a failure. */
  most: number;
  /** Waits for it. */
  take(): Promise<void>;
  /** The line's event was used. */
  giveBack(): void;
}

/**
 * Calls a function through the gateway and hands its events on as they come.
 * @throws Problem as `callFunction`, and the function's own that is told in the event `failed`
 */
export async function* functionEvents(
  name: string,
  { longLine, ...call }: Omit<Call, 'accept'> & { longLine: LongLine },
): AsyncGenerator<ServerEvent> {
  const { timeoutMs = TIMES.call, signal } = call;
  const deadline = performance.now() + timeoutMs;
  const { status, headers, body } = await passToFunction(name, { ...call, accept: 'text/event-stream' });
  try {
    const isStream = status < 300 && headers['content-type']?.startsWith('text/event-stream');
    if (!isStream) throw refused(name, status, headers, await buffer(body));
    for await (const { event, data } of readEvents(name, body, longLine)) {
      if (event === 'failed') throw problemInEvent(name, data);
      yield { event, data };
    }
  } catch (error) {
    signal?.throwIfAborted();
    if (error instanceof Problem) throw error;
    throw performance.now() >= deadline ? timedOut(name, timeoutMs) : unreachable(name, error as AxiosError);
  }
}

async function* readEvents(name: string, body: Readable, longLine: LongLine): AsyncGenerator<ServerEvent> {
  const read = eventReader();
  /** Of the line that is not whole yet. */
  let length = 0;
  try {
    for await (const bytes of body as AsyncIterable<Buffer>) {
      for (const event of read(bytes)) {
        yield event;
        longLine.giveBack();
      }
      const begin = bytes.lastIndexOf('\n') + 1;
      const before = begin > 0 ? 0 : length;
      length = before + bytes.length - begin;
      if (length > longLine.most) throw tooMuch(name);
      if (before <= longLine.small && length > longLine.small) await longLine.take();
    }
  } finally {
    longLine.giveBack();
  }
}
