import type { ServerResponse } from 'node:http';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { ReadableStream } from 'node:stream/web';
import type { Outcome } from './context.ts';
import { type Failure, problemBody } from './problems.ts';
import type { HeaderValue } from './types.ts';

/** An answer ready to be sent. Header names are in lower case. */
export interface Answer {
  status: number;
  headers: Map<string, HeaderValue>;
  body: Buffer | Readable;
}

const EMPTY = Buffer.alloc(0);

/** Node sets these headers; a handler's own values would break the connection. */
const FRAMING = ['transfer-encoding', 'connection', 'keep-alive'];

/**
 * The answer to a value: text is HTML unless the handler says otherwise (as in node18), numbers, booleans, objects
 * and arrays are JSON, bytes and streams are `application/octet-stream`, nothing is an empty body.
 * @throws Error if the status is invalid or the value cannot be written
 */
export function valueAnswer({ status, headers: set, value }: Omit<Outcome, 'failed'>): Answer {
  const [body, type] = encode(value);
  if (body instanceof Readable) body.on('error', () => {});
  if (!Number.isInteger(status) || status < 200 || status > 599) {
    if (body instanceof Readable) body.destroy();
    throw new Error(`The handler set the status ${status}, which is none that an answer can have.`);
  }
  const headers = normalise(set);
  if (type && !headers.has('content-type')) headers.set('content-type', type);
  const contentType = headers.get('content-type');
  if (typeof value === 'string' && typeof contentType === 'string' && /^text\/[^;]+$/i.test(contentType)) {
    headers.set('content-type', `${contentType}; charset=utf-8`);
  }
  if (Buffer.isBuffer(body)) headers.delete('content-length');
  return { status, headers, body };
}

/** The `application/problem+json` answer; its own headers are kept, except those that describe the body. */
export function problemAnswer(failed: Failure, callId: string): Answer {
  const headers = normalise({ 'cache-control': 'no-store', ...failed.headers });
  for (const name of [...headers.keys()]) {
    if (name.startsWith('content-') && name !== 'content-security-policy') headers.delete(name);
  }
  headers.set('content-type', 'application/problem+json');
  headers.set('x-content-type-options', 'nosniff');
  return { status: failed.status, headers, body: problemBody(failed, callId) };
}

function normalise(set: Record<string, HeaderValue>): Map<string, HeaderValue> {
  const headers = new Map<string, HeaderValue>();
  for (const [name, value] of Object.entries(set ?? {})) {
    // Handlers in JavaScript may set a header to undefined; node18 would send "undefined".
    if (value !== undefined && value !== null) headers.set(name.toLowerCase(), value);
  }
  for (const name of FRAMING) headers.delete(name);
  return headers;
}

/** A value as bytes or a stream, with its default content type. */
function encode(value: unknown): [body: Buffer | Readable, type?: string] {
  const binary = 'application/octet-stream';
  if (value === undefined || value === null) return [EMPTY];
  if (typeof value === 'string') return [Buffer.from(value), 'text/html; charset=utf-8'];
  if (Buffer.isBuffer(value)) return [value, binary];
  if (ArrayBuffer.isView(value)) return [Buffer.from(value.buffer, value.byteOffset, value.byteLength), binary];
  if (value instanceof ArrayBuffer) return [Buffer.from(value), binary];
  if (value instanceof Blob) return [Readable.fromWeb(value.stream() as ReadableStream), value.type || binary];
  const stream = asStream(value);
  if (stream) return [stream, binary];
  const json = typeof value === 'bigint' ? String(value) : JSON.stringify(value);
  if (json === undefined) throw new TypeError(`The handler answered with a ${typeof value}, which is no body.`);
  return [Buffer.from(json), 'application/json'];
}

function asStream(value: unknown): Readable | undefined {
  if (value instanceof Readable) return value;
  if (typeof value !== 'object' || value === null) return undefined;
  if (value instanceof globalThis.ReadableStream) return Readable.fromWeb(value as ReadableStream);
  return Symbol.asyncIterator in value ? Readable.from(value as AsyncIterable<unknown>) : undefined;
}

/** An answer of which no byte is read for this long is aborted, ms. */
const STALLED_MS = 15_000;

/** Called with the number of bytes written. */
type Sent = (bytes: number) => void;

/**
 * Writes an answer and resolves once all of it has been written. Rejects if it could not begin (then `res` can still
 * take another one) or was interrupted (then the connection is closed). A stream is always consumed or destroyed.
 */
export async function send(res: ServerResponse, { status, headers, body }: Answer, sent: Sent): Promise<void> {
  const bodiless = status === 204 || status === 205 || status === 304;
  try {
    for (const [name, value] of headers) res.setHeader(name, value);
    if (body instanceof Readable && !bodiless && res.req.method !== 'HEAD')
      return await sendStream(res, status, body, sent);
  } catch (error) {
    if (body instanceof Readable) body.destroy();
    throw error;
  }
  res.statusCode = status;
  if (body instanceof Readable) {
    body.destroy();
    res.end();
    return;
  }
  // An answer stays in memory while its caller does not read.
  res.setTimeout(STALLED_MS, () => res.destroy());
  if (!bodiless) res.setHeader('content-length', body.length);
  const bytes = bodiless || res.req.method === 'HEAD' ? EMPTY : body;
  sent(bytes.length);
  res.end(bytes);
}

async function sendStream(res: ServerResponse, status: number, body: Readable, sent: Sent): Promise<void> {
  const live = String(res.getHeader('content-type')).startsWith('text/event-stream');
  // A stream that fails before its first byte can still become a problem.
  if (!live) await firstChunk(res, body);
  res.statusCode = status;
  // A wrong length from the handler would corrupt the next answer on this connection.
  res.strictContentLength = res.hasHeader('content-length');
  res.flushHeaders();
  const counted = async function* (chunks: AsyncIterable<string | Uint8Array>) {
    for await (const chunk of chunks) {
      sent(typeof chunk === 'string' ? Buffer.byteLength(chunk) : chunk.length);
      yield chunk;
    }
  };
  await pipeline(body, counted, res);
}

/** Resolves when the stream is readable or has ended; rejects if it fails or the caller disconnects. */
function firstChunk(res: ServerResponse, body: Readable): Promise<void> {
  return new Promise((resolve, reject) => {
    const settle = (error?: Error) => {
      body.off('readable', onReady).off('end', onReady).off('error', settle).off('close', onClose);
      res.off('close', onClose);
      if (error) reject(error);
      else resolve();
    };
    const onReady = () => settle();
    const onClose = () => settle(new Error('The stream was closed before its first byte.'));
    if (body.errored || body.destroyed) {
      settle(body.errored ?? new Error('The handler answered with a stream that was already destroyed.'));
      return;
    }
    body.once('readable', onReady).once('end', onReady).once('error', settle).once('close', onClose);
    res.once('close', onClose);
  });
}
