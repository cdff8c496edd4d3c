import {
  type ClientRequest,
  type IncomingMessage,
  type OutgoingHttpHeaders,
  request as openRequest,
  type ServerResponse,
} from 'node:http';
import { formatDuration, parseDuration } from '#kit/duration';
import { answerText } from './http/answer.ts';
import { refusalOf, TimedOut, Unreachable } from './http/call-failures.ts';
import { discardRest } from './http/discard-rest.ts';
import { answeredHeaders, forwardedHeaders, hasBody } from './http/headers.ts';
import { type TooSlow, type UploadRate, watchUpload } from './http/upload-rate.ts';
import type { Log } from './log.ts';
import type { FunctionSettings } from './pool/settings.ts';
import type { Lease, Upstream } from './pool/upstream.ts';

/** For a connection to a function's place, ms. */
const CONNECT_TIMEOUT_MS = 3000;

/** What a call needs to know of its function. */
export interface Target {
  name: string;
  upstream: Upstream;
  /** Its times for a request, milliseconds. */
  times: Pick<FunctionSettings, 'execTimeout' | 'readTimeout' | 'writeTimeout'>;
}

export interface ProxyOptions {
  /** Milliseconds for a call as a whole, a cold start included. */
  upstreamTimeout: number;
  /** Bodies must not come more slowly. */
  uploadRate: UploadRate;
  /** `X-Served-By` of every answer. */
  servedBy: string;
  log: Log;
}

/** A call as it came in. */
export interface IncomingCall {
  request: IncomingMessage;
  response: ServerResponse;
  target: Target;
  /** Path and query as the function sees them. */
  path: string;
  callId: string;
  /** The caller waits for `100 Continue` before it sends the body. */
  expectsContinue: boolean;
}

/** A call on its way. */
interface Call extends IncomingCall {
  startTime: string;
  /** `performance.now()` when it came. */
  since: number;
}

/**
 * Sends a call to its function and the answer back, streaming both ways. Resolves when the answer is over, whatever
 * became of it; nothing is thrown.
 */
export async function forward(incoming: IncomingCall, options: ProxyOptions): Promise<void> {
  const call: Call = { ...incoming, startTime: `${Date.now()}000000`, since: performance.now() };
  try {
    await attempt(call, options, 1);
  } catch (error) {
    if (!call.response.closed) refuse(call, error, options);
  }
}

/** What every answer says of its call; one object, because headers that are set one by one cost more. */
function traceHeaders({ callId, startTime }: Call, { servedBy }: ProxyOptions): OutgoingHttpHeaders {
  return { 'x-call-id': callId, 'x-start-time': startTime, 'x-served-by': servedBy };
}

/** A process that dies before it answered is tried once more on another, if the body has not been read yet. */
async function attempt(call: Call, options: ProxyOptions, count: 1 | 2): Promise<void> {
  const lease = await leaseFor(call);
  try {
    await exchange(call, lease, options);
  } catch (error) {
    if (error instanceof TimedOut && error.own) lease.timedOut();
    if (!(error instanceof Unreachable)) throw error;
    const known = lease.lost();
    if (count === 2 || call.request.readableDidRead || call.response.headersSent) throw error;
    options.log.warn(`${call.target.name} ${error.message}; the request is tried again`);
    await known;
  } finally {
    lease.release();
  }
  if (!call.response.headersSent && !call.response.closed) await attempt(call, options, 2);
}

/** Waits for a replica, where none can take the call at once, as long as the caller does. */
async function leaseFor({ target: { upstream }, response }: Call): Promise<Lease> {
  const lease = upstream.take();
  if (lease) return lease;
  const left = new AbortController();
  const leave = () => left.abort();
  response.once('close', leave);
  try {
    return await upstream.acquire(left.signal);
  } finally {
    response.off('close', leave);
  }
}

/** One request to one process. Resolves when the whole answer is written. @throws Unreachable, TimedOut, TooSlow */
function exchange(call: Call, lease: Lease, options: ProxyOptions): Promise<void> {
  const { request, response } = call;
  return new Promise((resolve, reject) => {
    if (response.closed) return resolve();
    const upstream = openUpstream(call, lease);
    let over = false;
    const finish = (error?: Error) => {
      if (over) return;
      over = true;
      uncount();
      response.off('close', leave);
      request.unpipe(upstream);
      upstream.destroy();
      if (error === undefined) return resolve();
      // Too late for another answer: the caller must see that this one is not whole.
      if (response.headersSent) response.destroy();
      reject(error);
    };
    const leave = () => finish();
    const uncount = limit(call, options, finish);
    response.once('close', leave);
    let answered = false;
    upstream.on('error', (error: NodeJS.ErrnoException) => {
      // Once there is an answer it says itself whether it is whole; the rest of the body may well be refused.
      if (!answered) finish(new Unreachable(`did not answer (${error.code ?? error.message})`));
    });
    upstream.once('response', (answer) => {
      answered = true;
      lease.answered();
      relay(call, answer, options, finish);
    });
    limitConnecting(upstream);
    sendBody(call, upstream);
  });
}

function openUpstream(call: Call, { host, port, agent, crowded }: Lease): ClientRequest {
  const headers = forwardedHeaders(call.request, call);
  if (crowded && hasBody(call.request)) headers.expect = '100-continue';
  return openRequest({ host, port, agent, method: call.request.method ?? 'GET', path: call.path, headers });
}

/** When an exchange takes too long, and what that is then. */
interface TimeLimit {
  ms: number;
  error: () => TimedOut;
}

/** The shortest of: the caller's X-Timeout, the function's times, what is left of the gateway's. */
function timeLimitOf({ target, request, since }: Call, options: ProxyOptions): TimeLimit {
  const { execTimeout, writeTimeout } = target.times;
  const given = request.headers['x-timeout'];
  const asked = (typeof given === 'string' ? parseDuration(given) : undefined) ?? Number.POSITIVE_INFINITY;
  const exec = Math.min(execTimeout, asked);
  const rest = Math.max(1, options.upstreamTimeout - (performance.now() - since));
  const late = (ms: number) => `did not answer within ${formatDuration(ms)}`;
  if (exec <= writeTimeout && exec <= rest) {
    return { ms: exec, error: () => new TimedOut(504, late(exec), asked >= execTimeout && !waitsForSender(request)) };
  }
  if (writeTimeout <= rest) {
    return { ms: writeTimeout, error: () => new TimedOut(502, late(writeTimeout), !waitsForSender(request)) };
  }
  return { ms: rest, error: () => new TimedOut(502, 'did not answer within the time of the gateway') };
}

/** Bounds an exchange, and the body's way to the function where that has less time. @returns how to stop counting */
function limit(call: Call, options: ProxyOptions, finish: (error: TimedOut | TooSlow) => void): () => void {
  const { request, target } = call;
  const { readTimeout } = target.times;
  const timeLimit = timeLimitOf(call, options);
  const whole = setTimeout(() => finish(timeLimit.error()), timeLimit.ms);
  // A small body is here by now: nothing to watch.
  if (!hasBody(request) || request.complete) return () => clearTimeout(whole);
  const held = () => !waitsForSender(request);
  const unwatch = watchUpload(request, options.uploadRate, { held, tooSlow: finish });
  const late = () => new TimedOut(502, `did not get the body within ${formatDuration(readTimeout)}`);
  const body = setTimeout(() => request.complete || finish(late()), readTimeout);
  return () => {
    clearTimeout(whole);
    clearTimeout(body);
    unwatch();
  };
}

/** Whether it is the sender's turn: a function that does not read holds it back instead. */
function waitsForSender(request: IncomingMessage): boolean {
  return !request.complete && !request.isPaused();
}

/**
 * The body flows only once the process has taken the connection: until then the call can go elsewhere. A kept
 * connection may have been closed meanwhile, which a whole turn of the event loop brings to light. A crowded function
 * must ask for the body: what it refuses does not pass through this process.
 */
function sendBody(call: Call, upstream: ClientRequest): void {
  const { request, response, expectsContinue } = call;
  if (!hasBody(request)) {
    upstream.end();
    return;
  }
  upstream.once('socket', (socket) => {
    const flow = () => {
      if (expectsContinue && !response.headersSent) response.writeContinue();
      sendOn(request, upstream);
    };
    if (upstream.hasHeader('expect')) {
      // Held back by us: the sender is not slow.
      request.pause();
      upstream.once('continue', flow);
      return;
    }
    if (socket.connecting) socket.once('connect', flow);
    else setImmediate(() => setImmediate(() => upstream.destroyed || flow()));
  });
}

/** A host that is gone without a word must not hold its callers. */
function limitConnecting(upstream: ClientRequest): void {
  upstream.once('socket', (socket) => {
    if (!socket.connecting) return;
    const timer = setTimeout(() => upstream.destroy(new Error('no connection')), CONNECT_TIMEOUT_MS);
    socket.once('connect', () => clearTimeout(timer));
    upstream.once('close', () => clearTimeout(timer));
  });
}

/** Passes an answer on as it comes. */
function relay(call: Call, answer: IncomingMessage, options: ProxyOptions, finish: (error?: Error) => void): void {
  const { request, response, since } = call;
  answer.on('error', () => finish(new Unreachable('ended in the middle of its answer')));
  const duration = { 'x-duration-seconds': ((performance.now() - since) / 1000).toFixed(6) };
  try {
    const headers = { ...traceHeaders(call, options), ...duration, ...answeredHeaders(request, answer) };
    response.writeHead(answer.statusCode ?? 0, headers);
  } catch {
    finish(new Unreachable('answered what is not HTTP'));
    return;
  }
  // By then a small answer is whole.
  setImmediate(() => {
    if (response.destroyed) return;
    // One that is slow to begin its body (events, progress) must show its headers meanwhile.
    if (!answer.complete && answer.readableLength === 0) response.flushHeaders();
    sendOn(answer, response);
  });
  response.once('finish', () => {
    finish();
    // What a function did not care to read of a body is read away, so that the connection can be used again.
    discardRest(request);
  });
}

/** Passes a body on as it comes; one that is whole already in one go, which costs less. */
function sendOn(from: IncomingMessage, to: ClientRequest | ServerResponse): void {
  if (from.complete) to.end(from.read());
  else from.pipe(to);
}

/** The gateway's own answer where a function gave none. */
function refuse(call: Call, error: unknown, options: ProxyOptions): void {
  const { response, target, request } = call;
  request.unpipe();
  const refusal = refusalOf(error, target.name, (performance.now() - call.since) / 1000);
  if (refusal.log) {
    const reason = error instanceof Error ? error.message : String(error);
    options.log[refusal.log](`${target.name} ${reason} (call ${call.callId})`);
  }
  answerText(response, refusal.status, refusal.text, { ...traceHeaders(call, options), ...refusal.headers });
  // The rest of a body is read away, so that the caller reads the answer.
  discardRest(request);
}
