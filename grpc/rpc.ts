import {
  type handleServerStreamingCall,
  type handleUnaryCall,
  Metadata,
  type ServerUnaryCall,
  type ServerWritableStream,
} from '@grpc/grpc-js';
import { Problem } from '#platform/problems';
import { type Answer, type Call, callFunction } from '#platform/siblings';
import { TIMES } from '#platform/times';
import { type Failed, statusOf } from './status.ts';

/** Calls a function for an rpc: the rpc's call id, deadline and cancellation go along. */
export type CallFunction = (name: string, call: Pick<Call, 'query' | 'body' | 'headers' | 'accept'>) => Promise<Answer>;

/** One rpc's work: a request becomes calls of functions, their answers a reply and, where there is more to say, trailers. */
export type Work<Request, Reply> = (request: Request, call: CallFunction, trailer: Metadata) => Promise<Reply>;

export type Report = (cause: unknown, callId: string) => void;

/** One rpc that answers in pieces: each is sent as it comes. */
export type StreamWork<Request, Reply> = (request: Request, call: ServedCall) => AsyncIterable<Reply>;

/** What is known of the call that an rpc serves. */
export interface ServedCall {
  callId: string;
  /** Aborts when the caller leaves, or its deadline is over. */
  signal: AbortSignal;
  /** Whole milliseconds, at least one: what is left of the caller's deadline, at most what it is given. */
  timeLeft(most: number): number;
}

/**
 * A handler for grpc-js of a piece of work.
 * @param report told of what is nobody's problem: the log, for the caller learns only the call id
 */
export function unary<Request, Reply>(work: Work<Request, Reply>, report: Report): handleUnaryCall<Request, Reply> {
  return (call, callback) => {
    const served = serve(call);
    const trailer = new Metadata();
    const through: CallFunction = (name, request) => {
      const timeoutMs = served.timeLeft(TIMES.call);
      const headers = { ...request.headers, 'x-timeout': `${timeoutMs}ms` };
      return callFunction(name, { ...request, headers, callId: served.callId, timeoutMs, signal: served.signal });
    };
    work(call.request, through, trailer).then(
      (reply) => callback(null, reply, trailer),
      (error: unknown) => callback(failure(error, served, report)),
    );
  };
}

/** The same for an rpc that answers in pieces. */
export function streaming<Request, Reply>(
  work: StreamWork<Request, Reply>,
  report: Report,
): handleServerStreamingCall<Request, Reply> {
  return async (call) => {
    const served = serve(call);
    try {
      for await (const reply of work(call.request, served)) call.write(reply);
      call.end();
    } catch (error) {
      call.emit('error', failure(error, served, report));
    }
  };
}

type AnyCall = ServerUnaryCall<unknown, unknown> | ServerWritableStream<unknown, unknown>;

/** Sends the call id ahead and minds the caller's leaving. */
function serve(call: AnyCall): ServedCall {
  const callId = String(call.metadata.get('x-call-id')[0] ?? '');
  const left = new AbortController();
  call.on('cancelled', () => left.abort(new Problem('timed-out', 'The caller left, or its deadline is over.')));
  const head = new Metadata();
  head.set('x-call-id', callId);
  call.sendMetadata(head);
  const timeLeft = (most: number) => Math.max(1, Math.min(most, Math.floor(Number(call.getDeadline()) - Date.now())));
  return { callId, signal: left.signal, timeLeft };
}

function failure(error: unknown, { callId, signal }: ServedCall, report: Report): Omit<Failed, 'cause'> {
  const { cause, ...failed } = statusOf(error, callId);
  if (cause !== undefined && !signal.aborted) report(cause, callId);
  return failed;
}
