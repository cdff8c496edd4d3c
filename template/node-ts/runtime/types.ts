import type { IncomingHttpHeaders } from 'node:http';
import type { Readable } from 'node:stream';

/** The event that a function is called with, as in OpenFaaS's node18 template. */
export interface FunctionEvent<Body = unknown> {
  /** Parsed by content type as in node18; a `Readable` if the handler module exports `body = 'stream'`. */
  body: Body;
  headers: IncomingHttpHeaders;
  method: string;
  /**
   * Repeated names become arrays. Null-prototype object. For handlers whose body is parsed, bracketed names nest as in
   * node18 (`a[b]=1` → `{a: {b: '1'}}`, which this type omits); with `body = 'stream'` brackets have no meaning.
   */
  query: Record<string, string | string[]>;
  path: string;
  /** The caller's `X-Call-Id`, or a new UUID; it is in every log line of this request. */
  callId: string;
  /** Aborted when the caller disconnects, or when the process must stop working on this request. */
  signal: AbortSignal;
  /** Resolves when the answer's last byte is written or the caller has disconnected; then its memory is free. */
  finished?: Promise<void>;
}

export type HeaderValue = string | number | string[];

/** Sets a function's answer. Setters without an argument return the value, as in node18. */
export interface FunctionContext {
  status(): number;
  status(code: number): this;
  headers(): Record<string, HeaderValue>;
  headers(values: Record<string, HeaderValue>): this;
  succeed(value?: unknown): void;
  fail(error?: unknown): void;
}

/** A returned value other than `undefined` is the answer's body if neither `succeed` nor `fail` was called. */
export type Handler<Body = unknown> = (event: FunctionEvent<Body>, context: FunctionContext) => unknown;

export type StreamHandler = Handler<Readable>;

/** The exports of a handler module. Only `default` is required (or `module.exports` in CommonJS). */
export interface HandlerModule {
  default: Handler;
  /** `'stream'`: nothing is parsed, `event.body` is the request as a Readable. */
  body?: 'stream';
  /** Called once when the server listens; requests do not wait for it. */
  warm?: () => Promise<void> | void;
  /** Called once after draining. */
  close?: () => Promise<void> | void;
  /** Answers `GET /openapi.json`. */
  openapi?: () => object;
  /** Prometheus text appended to the runtime's own on `GET /metrics`. */
  metrics?: () => string | Promise<string>;
}
