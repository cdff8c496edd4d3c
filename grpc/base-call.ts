import type { ServerHttp2Stream } from 'node:http2';
import { type Metadata, ServerInterceptingCall, type ServerInterceptor, type ServerListener } from '@grpc/grpc-js';

/*
 * What grpc-js has and does not show: the HTTP/2 stream beneath a call, and the decoder that parts it
 * into messages. There is no other way to learn how large a message is before all of it is in memory. grpc-js is
 * pinned to one version, and base-call.test.ts fails where another has none of this.
 */
export interface BaseCall {
  stream: ServerHttp2Stream;
  decoder: { maxReadMessageLength: number };
}

const bases = new WeakMap<Metadata, BaseCall>();

/** The innermost interceptor: others find what is beneath a call by its metadata. */
export const expose: ServerInterceptor = (_, call) => {
  const { stream, decoder } = call as unknown as Partial<BaseCall>;
  if (stream === undefined || typeof decoder?.maxReadMessageLength !== 'number')
    throw new Error('This version of grpc-js hides its streams; calls cannot be admitted by their size.');
  const base = { stream, decoder };
  const listener: ServerListener = {
    onReceiveMetadata: (metadata, next) => {
      bases.set(metadata, base);
      next(metadata);
    },
  };
  return new ServerInterceptingCall(call, { start: (next) => next(listener) });
};

/** What is beneath a call. */
export function baseOf(metadata: Metadata): BaseCall {
  const base = bases.get(metadata);
  if (!base) throw new Error('The interceptor `expose` has to be the first.');
  return base;
}

/** A message that has begun and waits: the flow control of HTTP/2 holds the rest of it back. */
export interface Announced {
  /** As its frame says. */
  bytes: number;
  compressed: boolean;
  /** Lets the rest come. */
  resume(): void;
}

/** A message's frame begins with a byte of flags and four of its length. */
const FRAME = 5;

/** Looks at the beginning of a call's first message. @returns undefined when the call ends without one */
export function announced({ stream }: BaseCall): Promise<Announced | undefined> {
  return new Promise((resolve) => {
    const settle = (found?: Omit<Announced, 'resume'>): void => {
      stream.off('close', onEnd).off('end', onEnd);
      // The listener stays until the rest may come: without it the stream would flow.
      resolve(found && { ...found, resume });
      if (!found) resume();
    };
    const onEnd = (): void => settle();
    const resume = (): void => {
      stream.off('readable', look);
    };
    let seen = false;
    const look = (): void => {
      if (seen) return;
      // What is read here goes to the decoder, too: reading is an event.
      const head = stream.read(FRAME) as Buffer | null;
      if (head === null) {
        if (stream.readableEnded) settle();
        return;
      }
      seen = true;
      if (head.length < FRAME) settle();
      else settle({ bytes: head.readUInt32BE(1), compressed: head[0] === 1 });
    };
    stream.on('close', onEnd).on('end', onEnd).on('readable', look);
  });
}
