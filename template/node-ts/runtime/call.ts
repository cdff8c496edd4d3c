import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Readable } from 'node:stream';
import { callIdOf } from '#kit/call-id';
import { parseBody } from './body.ts';
import { discardRest, requestBody } from './body-stream.ts';
import type { Log, LogFields } from './log.ts';
import type { Metrics } from './metrics.ts';
import type { Loaded } from './module.ts';
import { parseFlat, parseNested, QUERY_RULES } from './query.ts';
import type { Settings } from './settings.ts';
import type { FunctionEvent } from './types.ts';

/** nginx's status for a caller that disconnected before the end of the answer; it is only logged. */
const CALLER_LEFT = 499;

/** A request, from its head to the last byte of its answer. */
export interface Call {
  readonly req: IncomingMessage;
  readonly res: ServerResponse;
  readonly callId: string;
  readonly method: string;
  readonly path: string;
  readonly search: string;
  readonly startedAt: number;
  /** The caller waits with the body (`Expect: 100-continue`). */
  readonly expectsContinue: boolean;
  /** Its signal becomes the event's. */
  readonly abort: AbortController;
  /** The request body as a stream, if the handler wants one. */
  body?: Readable;
  /** Bytes of the answer's body. */
  bytes: number;
  /** The problem's code, if the answer is a problem. */
  code?: string;
  /** The answer was interrupted after its head was sent. */
  broken: boolean;
  /** The answer is complete, or the caller has disconnected. */
  over: boolean;
  /** It reached the handler; the runtime's own answers do not count as calls. */
  counted: boolean;
}

/** Begins a call; it is counted and logged once, when the answer is complete or the caller has disconnected. */
export function openCall(
  req: IncomingMessage,
  res: ServerResponse,
  { expectsContinue, metrics, log }: { expectsContinue: boolean; metrics: Metrics; log: Log },
): Call {
  const call: Call = {
    req,
    res,
    callId: callIdOf(req.headers['x-call-id']),
    method: req.method ?? 'GET',
    ...splitTarget(req.url ?? '/'),
    startedAt: performance.now(),
    expectsContinue,
    abort: new AbortController(),
    bytes: 0,
    broken: false,
    over: false,
    counted: false,
  };
  req.on('error', () => {});
  res.on('error', () => {});
  res.once('finish', () => discardBody(call));
  res.once('close', () => closeCall(call, metrics, log));
  return call;
}

function closeCall(call: Call, metrics: Metrics, log: Log): void {
  call.over = true;
  const done = call.res.writableFinished;
  const status = done ? call.res.statusCode : call.broken ? 500 : CALLER_LEFT;
  if (!done) call.abort.abort();
  if (!call.counted) return;
  const ms = performance.now() - call.startedAt;
  metrics.done(call.method, status, ms / 1000, call.res.getHeaders());
  const fields: LogFields = { ...callFields(call), status, ms: Math.round(ms * 10) / 10, bytes: call.bytes };
  if (call.code !== undefined) fields.code = call.code;
  const msg = done ? 'answered' : call.broken ? 'answer broken off' : 'caller left';
  log(status >= 500 ? 'error' : 'info', msg, fields);
}

/** What identifies a call in the log. */
export function callFields({ callId, method, path }: Call): LogFields {
  return { callId, method, path };
}

/** Stops reading the request. */
export function discardBody(call: Call): void {
  call.body?.destroy();
  discardRest(call.req);
}

/** `/a/b?x=1` → path `/a/b`, not decoded, as in node18, and search `x=1`; proxies may send a whole URL. */
export function splitTarget(target: string): { path: string; search: string } {
  const local = target.replace(/^https?:\/\/[^/?#]*/i, '');
  const [, path = '', search = ''] = /^([^?#]*)\??([^#]*)/.exec(local) ?? [];
  return { path: path === '' ? '/' : path, search };
}

/** @throws RuntimeProblem if the body is too large or cannot be parsed */
export async function eventOf(call: Call, module: Loaded, settings: Settings): Promise<FunctionEvent> {
  const { req, res, method, path, search, callId } = call;
  const askForBody = () => {
    if (call.expectsContinue && !res.headersSent) res.writeContinue();
  };
  const { signal } = call.abort;
  const finished = new Promise<void>((resolve) => (call.over ? resolve() : res.once('close', resolve)));
  if (module.streaming) {
    call.body = requestBody(req, askForBody);
    return { body: call.body, headers: req.headers, method, query: parseFlat(search), path, callId, signal, finished };
  }
  askForBody();
  // As node18 does, which parses the body accordingly.
  req.headers['content-type'] ??= 'text/plain';
  const query = parseNested(search, QUERY_RULES, () => Object.create(null)) as FunctionEvent['query'];
  return { body: await parseBody(req, settings), headers: req.headers, method, query, path, callId, signal, finished };
}
