import type { ServerHttp2Stream } from 'node:http2';
import { type Metadata, ServerInterceptingCall, type ServerInterceptor, type ServerListener } from '@grpc/grpc-js';

/*
 * What grpc-js does not expose: the HTTP/2 stream of a call, and the decoder that splits it into messages. There is no
 * other way to learn the size of a message before all of it is in memory. grpc-js is
 * pinned to one version, and base-call.test.ts fails where another has none of this.
 */
export interface BaseCall {
  stream: ServerHttp2Stream;
  decoder: { maxReadMessageLength: number };
}

const bases = new WeakMap<Metadata, BaseCall>();

/** The innermost interceptor: others find the internals of a call by its metadata. */
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

/** The internals of a call. */
export function baseOf(metadata: Metadata): BaseCall {
  const base = bases.get(metadata);
  if (!base) throw new Error('The interceptor `expose` has to be the first.');
  return base;
}

/** A message whose start has arrived; HTTP/2 flow control holds back the rest. */
export interface Announced {
  /** As declared in its frame. */
  bytes: number;
  compressed: boolean;
  /** Admits the rest. */
  resume(): void;
}

/** A message's frame starts with a byte of flags and four bytes of length. */
const FRAME = 5;

/** Reads the start of a call's first message. @returns undefined if the call ends without one */
export function announced({ stream }: BaseCall): Promise<Announced | undefined> {
  return new Promise((resolve) => {
    const settle = (found?: Omit<Announced, 'resume'>): void => {
      stream.off('close', onEnd).off('end', onEnd);
      // The listener stays until the rest is admitted: without it the stream would flow.
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
      // The decoder also receives what is read here: reading is an event.
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
