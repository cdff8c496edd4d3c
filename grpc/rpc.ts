import {
  type handleServerStreamingCall,
  type handleUnaryCall,
  Metadata,
  type ServerUnaryCall,
  type ServerWritableStream,
} from '@grpc/grpc-js';
import { type Answer, type Call, callFunction } from '#client/function-client';
import type { LongLine } from '#client/function-events';
import { TIMES } from '#config/times';
import { Problem } from '#contract/problems';
import { releaseBuffers } from '#process/garbage';
import { SMALL_BYTES } from '#process/uploads';
import { LARGE, untilOver } from './admission.ts';
import type { EdgeMemory } from './memory.ts';
import { type Failed, statusOf } from './status.ts';

/** Calls a function for an rpc, with the rpc's call id, deadline and cancellation. */
export type CallFunction = (name: string, call: Pick<Call, 'query' | 'body' | 'headers' | 'accept'>) => Promise<Answer>;

/** What an rpc's work may need besides functions. */
export interface Aside {
  /** For more than the reply can say. */
  trailer: Metadata;
  /** Waits for memory for a reply that no function made. */
  room(bytes: number): Promise<void>;
}

/** The work of one rpc: turns a request into function calls, and their answers into a reply. */
export type Work<Request, Reply> = (request: Request, call: CallFunction, aside: Aside) => Promise<Reply>;

/** Shared by all rpcs. */
export interface Common {
  /** Called for unexpected errors: they are logged, and the caller only gets the call id. */
  report(cause: unknown, callId: string): void;
  memory: EdgeMemory;
}

/** One streaming rpc: each message is sent as it arrives. */
export type StreamWork<Request, Reply> = (request: Request, call: ServedCall) => AsyncIterable<Reply>;

/** The call that an rpc serves. */
export interface ServedCall {
  callId: string;
  /** Aborts when the caller leaves, or its deadline passes. */
  signal: AbortSignal;
  /** Waits for memory for an answer, and holds it until the call is over. */
  room(bytes: number): Promise<void>;
  /** Counts an answer that is in memory already, until the call is over. */
  hold(bytes: number): void;
  /** Memory for long lines of one event stream. */
  longLine(): LongLine;
  /** Whole milliseconds, at least one: the rest of the caller's deadline, at most the argument. */
  timeLeft(most: number): number;
}

/** Makes a grpc-js handler. */
export function unary<Request, Reply>(work: Work<Request, Reply>, common: Common): handleUnaryCall<Request, Reply> {
  return (call, callback) => {
    const served = serve(call, common);
    const { signal, room } = served;
    const trailer = new Metadata();
    const maxBytes = common.memory.mostAnswer;
    const through: CallFunction = async (name, request) => {
      const timeoutMs = served.timeLeft(TIMES.call);
      const headers = { ...request.headers, 'x-timeout': `${timeoutMs}ms` };
      const answer = await callFunction(name, {
        ...request,
        headers,
        callId: served.callId,
        timeoutMs,
        signal,
        maxBytes,
        room,
      });
      // The chunks it arrived in.
      if (answer.body.length > LARGE) releaseBuffers();
      return answer;
    };
    const replied =
      call.request instanceof Problem ? Promise.reject(call.request) : work(call.request, through, { trailer, room });
    replied.then(
      (reply) => callback(null, reply, trailer),
      (error: unknown) => callback(failure(error, served, common)),
    );
  };
}

/** The same for a streaming rpc. */
export function streaming<Request, Reply>(
  work: StreamWork<Request, Reply>,
  common: Common,
): handleServerStreamingCall<Request, Reply> {
  return async (call) => {
    const served = serve(call, common);
    try {
      if (call.request instanceof Problem) throw call.request;
      for await (const reply of work(call.request, served)) call.write(reply);
      call.end();
    } catch (error) {
      call.emit('error', failure(error, served, common));
    }
  };
}

type AnyCall = ServerUnaryCall<unknown, unknown> | ServerWritableStream<unknown, unknown>;

/** Sends the call id first, and watches whether the caller leaves. */
function serve(call: AnyCall, { memory }: Common): ServedCall {
  const callId = String(call.metadata.get('x-call-id')[0] ?? '');
  const left = new AbortController();
  call.on('cancelled', () => left.abort(new Problem('timed-out', 'The caller left, or its deadline is over.')));
  const head = new Metadata();
  head.set('x-call-id', callId);
  call.sendMetadata(head);
  const timeLeft = (most: number) => Math.max(1, Math.min(most, Math.floor(Number(call.getDeadline()) - Date.now())));
  const room = async (bytes: number): Promise<void> =>
    untilOver(call.metadata, await memory.takeAnswer(bytes, left.signal));
  const hold = (bytes: number): void => untilOver(call.metadata, memory.chargeAnswer(bytes));
  return { callId, signal: left.signal, timeLeft, room, hold, longLine: () => longLine(memory, left.signal) };
}

/** Its length is only known at its end: reserves memory for the longest. */
function longLine({ mostLine, mostAnswer, takeAnswer }: EdgeMemory, signal: AbortSignal): LongLine {
  let giveBack = (): void => undefined;
  return {
    small: SMALL_BYTES,
    most: mostLine,
    take: async () => {
      giveBack = await takeAnswer(mostAnswer, signal);
    },
    giveBack: () => giveBack(),
  };
}

function failure(error: unknown, { callId, signal }: ServedCall, { report }: Common): Omit<Failed, 'cause'> {
  const { cause, ...failed } = statusOf(error, callId);
  if (cause !== undefined && !signal.aborted) report(cause, callId);
  return failed;
}
