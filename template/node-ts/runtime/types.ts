import type { IncomingHttpHeaders } from 'node:http';
import type { Readable } from 'node:stream';

/** What a function is called with: the contract of OpenFaaS's node18 template. */
export interface FunctionEvent<Body = unknown> {
  /** Parsed by content type as node18 does; a `Readable` when the handler module exports `body = 'stream'`. */
  body: Body;
  headers: IncomingHttpHeaders;
  method: string;
  /**
   * Repeated names become arrays. Null-prototype object. For handlers whose body is parsed, bracketed names nest as in
   * node18 (`a[b]=1` → `{a: {b: '1'}}`, which this type leaves out); with `body = 'stream'` brackets mean nothing.
   */
  query: Record<string, string | string[]>;
  path: string;
  /** The caller's `X-Call-Id`, or a new UUID; every log line of this request carries it. */
  callId: string;
  /** Aborted when the caller leaves or the process is told to stop working on this request. */
  signal: AbortSignal;
  /** Resolves when the answer's last byte is handed over or the caller has left; what the answer holds is free then. */
  finished?: Promise<void>;
}

export type HeaderValue = string | number | string[];

/** How a function answers. Setters without an argument read the value back, as in node18. */
export interface FunctionContext {
  status(): number;
  status(code: number): this;
  headers(): Record<string, HeaderValue>;
  headers(values: Record<string, HeaderValue>): this;
  succeed(value?: unknown): void;
  fail(error?: unknown): void;
}

/** A value returned (and not `undefined`) is the answer's body when neither `succeed` nor `fail` was called. */
export type Handler<Body = unknown> = (event: FunctionEvent<Body>, context: FunctionContext) => unknown;

export type StreamHandler = Handler<Readable>;

/** What a handler module may export. Only `default` is required (or `module.exports` in CommonJS). */
export interface HandlerModule {
  default: Handler;
  /** `'stream'`: nothing is parsed, `event.body` is the request as a Readable. */
  body?: 'stream';
  /** Called once after the server listens; requests do not wait for it. */
  warm?: () => Promise<void> | void;
  /** Called once when draining is over. */
  close?: () => Promise<void> | void;
  /** Answers `GET /openapi.json`. */
  openapi?: () => object;
  /** Prometheus text appended to the runtime's own on `GET /metrics`. */
  metrics?: () => string | Promise<string>;
}
