import type { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import type { AxiosError } from 'axios';
import { TIMES } from '#config/times';
import { Problem } from '#contract/problems';
import { eventReader, type ServerEvent } from './event-stream.ts';
import { type Call, passToFunction } from './function-client.ts';
import { problemInEvent, refused, timedOut, tooMuch, unreachable } from './function-errors.ts';

/** A budget for long lines, such as pictures in base64. All sizes are bytes. */
export interface LongLine {
  /** Shorter lines need no memory from the budget. */
  small: number;
  /** A longer line is a failure. */
  most: number;
  /** Waits for memory. */
  take(): Promise<void>;
  /** Returns the memory once the line's event has been used. */
  giveBack(): void;
}

/**
 * Calls a function through the gateway and yields its events as they arrive.
 * @throws Problem as `callFunction`, and the function's own from the event `failed`
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
  /** Bytes of the incomplete line. */
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
