import { AsyncLocalStorage } from 'node:async_hooks';
import { Agent as HttpAgent, type IncomingHttpHeaders } from 'node:http';
import { Agent as HttpsAgent } from 'node:https';
import type { Readable } from 'node:stream';
import axios, { type AxiosError, type AxiosResponse } from 'axios';
import { envText } from '#config/env';
import { readSecret } from '#config/secrets';
import { TIMES } from '#config/times';
import { Problem } from '#contract/problems';
import { refused, timedOut, tooMuch, unreachable } from './function-errors.ts';

/*
 * Calls other functions, always through the gateway, so that it starts, scales and counts them.
 */

export interface Call {
  /** `async-function`: see {@link queueFunction}. */
  route?: 'function' | 'async-function';
  /** The path within the function, `/` by default. */
  path?: string;
  /** Undefined values are omitted; arrays become repeated names. */
  query?: Record<string, string | number | boolean | string[] | undefined>;
  method?: 'GET' | 'POST';
  body?: Buffer | Readable;
  headers?: Record<string, string>;
  /** The expected type, such as an image type or `application/json`. */
  accept?: string;
  /** The id of the request that this call serves; it is in all log lines. */
  callId: string;
  /** For the whole call, including a cold start. */
  timeoutMs?: number;
  /** Aborts the call, for instance when the caller disconnects. */
  signal?: AbortSignal;
  /** Limit of the answer; a larger one is a failure. */
  maxBytes?: number;
  /** Waits for memory for an answer of this many bytes before it is read. */
  room?: (bytes: number) => Promise<void>;
}

export interface Answer {
  /** 200–299; any other answer is thrown. */
  status: number;
  /** Lower-case names. */
  headers: Record<string, string>;
  body: Buffer;
}

const MAX_ANSWER = 128 * 1024 * 1024;
/** What OpenFaaS allows in a function's name. */
const NAME = /^[-a-zA-Z_0-9.]+$/;

const agents = { httpAgent: new HttpAgent({ keepAlive: true }), httpsAgent: new HttpsAgent({ keepAlive: true }) };

/** The gateway's address, from `gateway_url`, as is OpenFaaS's convention. */
export function gatewayUrl(): string {
  return envText('gateway_url', 'http://gateway.openfaas:8080').replace(/\/+$/, '');
}

/**
 * Calls a function through the gateway.
 * @param name the function's name in stack.yml, `clip-fn`
 * @throws Problem the function's own (with its code, detail, members and Retry-After), or `function-failed`, `busy` or
 *   `timed-out` with the function's name; the signal's reason if it was aborted
 */
export async function callFunction(name: string, call: Call): Promise<Answer> {
  const answer = call.room
    ? await reach<Readable, Buffer>(name, call, 'stream', (body, headers) => collect(name, call, { body, headers }))
    : await reach<Buffer>(name, call, 'arraybuffer');
  if (answer.status >= 200 && answer.status < 300) return answer;
  throw refused(name, answer.status, answer.headers, answer.body);
}

/** A function's answer of any status, as a stream. */
export interface PassedAnswer extends Omit<Answer, 'body'> {
  body: Readable;
}

/**
 * Forwards a request to a function; body and answer are streamed.
 * @throws Problem as {@link callFunction} if the platform answered instead of the function
 */
export async function passToFunction(name: string, call: Call): Promise<PassedAnswer> {
  const answer = await reach<Readable>(name, call, 'stream');
  // Functions answer errors in JSON; the platform does not.
  if (answer.status < 400 || /\bjson\b/.test(answer.headers['content-type'] ?? '')) return answer;
  answer.body.destroy();
  throw refused(name, answer.status, answer.headers);
}

type ResponseType = 'arraybuffer' | 'stream';

type Headers = Answer['headers'];

/** Makes a call and accepts any answer. @param read reads the body @throws Problem without an answer */
async function reach<T, Body = T>(
  name: string,
  call: Call,
  responseType: ResponseType,
  read: (body: T, headers: Headers) => Promise<Body> = async (body) => body as unknown as Body,
): Promise<{ status: number; headers: Headers; body: Body }> {
  if (!NAME.test(name)) throw new Error(`"${name}" is no function name`);
  const deadline = AbortSignal.timeout(call.timeoutMs ?? TIMES.call);
  const signal = call.signal ? AbortSignal.any([call.signal, deadline]) : deadline;
  try {
    const { status, headers: sent, data } = await send<T>(name, call, { signal, responseType });
    const headers = flat(sent as Record<string, unknown>);
    return { status, headers, body: await read(data, headers) };
  } catch (error) {
    call.signal?.throwIfAborted();
    if (deadline.aborted) throw timedOut(name, call.timeoutMs ?? TIMES.call);
    if (error instanceof Problem) throw error;
    throw unreachable(name, error as AxiosError);
  }
}

/** Reads an answer once there is memory for it, into a buffer of its `Content-Length`. */
async function collect(
  name: string,
  { maxBytes = MAX_ANSWER, room }: Call,
  { body, headers }: { body: Readable; headers: Headers },
): Promise<Buffer> {
  // Nobody handles its errors until it is read.
  body.on('error', () => undefined);
  try {
    const declared = Number(headers['content-length'] ?? maxBytes);
    if (declared > maxBytes) throw tooMuch(name);
    await room?.(declared);
    const whole = Buffer.allocUnsafe(declared);
    let end = 0;
    for await (const chunk of body as AsyncIterable<Buffer>) {
      if (end + chunk.length > declared) throw tooMuch(name);
      end += chunk.copy(whole, end);
    }
    return whole.subarray(0, end);
  } finally {
    body.destroy();
  }
}

/**
 * A call for the gateway's queue. Its body must be small (OpenFaaS CE takes 256,000 bytes), so pictures are sent as
 * `ref`.
 */
export type Queued = Pick<Call, 'path' | 'query' | 'body' | 'headers' | 'callId' | 'signal'> & {
  /** Where the gateway posts the function's answer. */
  callbackUrl?: string;
};

/** Milliseconds for queueing a call. */
const QUEUE_TIMEOUT = 10_000;

/**
 * Queues a call at the gateway, which makes it later, at least once.
 * @throws Problem as {@link callFunction}
 */
export async function queueFunction(name: string, { callbackUrl, ...call }: Queued): Promise<void> {
  const headers = { ...call.headers, ...(callbackUrl && { 'x-callback-url': callbackUrl }) };
  await callFunction(name, { ...call, headers, method: 'POST', route: 'async-function', timeoutMs: QUEUE_TIMEOUT });
}

async function send<T>(
  name: string,
  call: Call,
  how: { signal: AbortSignal; responseType: ResponseType },
): Promise<AxiosResponse<T>> {
  const path = (call.path ?? '/').replace(/^\/*/, '/');
  const request = {
    ...agents,
    ...how,
    url: `${gatewayUrl()}/${call.route ?? 'function'}/${name}${path === '/' ? '' : path}${queryText(call.query)}`,
    method: call.method ?? (call.body ? 'POST' : 'GET'),
    data: call.body,
    headers: {
      accept: call.accept ?? '*/*',
      'x-call-id': call.callId,
      'user-agent': 'obscura',
      ...(call.body ? { 'content-type': 'application/octet-stream' } : {}),
      ...accessKey(),
      ...call.headers,
    },
    maxRedirects: 0,
    maxContentLength: call.maxBytes ?? MAX_ANSWER,
    maxBodyLength: Number.POSITIVE_INFINITY,
    proxy: false as const,
    validateStatus: () => true,
  };
  try {
    return await axios.request<T>(request);
  } catch (error) {
    // The gateway may close an idle connection just as it is reused; then the call has not begun.
    if (!staleConnection(error as AxiosError) || (call.body && !Buffer.isBuffer(call.body))) throw error;
    return axios.request<T>(request);
  }
}

const lent = new AsyncLocalStorage<Record<string, string>>();

/**
 * Runs work in which every call uses the caller's key: a public function must not use its own key for anybody.
 */
export function withCallersKey<T>({ authorization = '', 'x-api-key': key }: IncomingHttpHeaders, work: () => T): T {
  const [, bearer] = /^Bearer +(\S+)$/i.exec(authorization) ?? [];
  const callerKey = bearer ?? (typeof key === 'string' ? key : undefined);
  return lent.run(callerKey === undefined ? {} : { 'x-api-key': callerKey }, work);
}

/** The key for functions that require one (docs/access.md): the caller's, or that of this process. */
function accessKey(): Record<string, string> {
  const callers = lent.getStore();
  if (callers) return callers;
  const key = readSecret('access-call-key');
  return key ? { 'x-api-key': key } : {};
}

function staleConnection(error: AxiosError): boolean {
  const reused = (error.request as { reusedSocket?: boolean } | undefined)?.reusedSocket === true;
  return reused && (error.code === 'ECONNRESET' || error.code === 'EPIPE');
}

function queryText(query: Call['query'] = {}): string {
  const pairs = Object.entries(query).flatMap(([key, value]) =>
    value === undefined ? [] : [value].flat().map((item): [string, string] => [key, String(item)]),
  );
  return pairs.length > 0 ? `?${new URLSearchParams(pairs)}` : '';
}

function flat(headers: Record<string, unknown>): Record<string, string> {
  return Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), String(value)]));
}
