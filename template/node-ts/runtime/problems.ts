import { STATUS_CODES } from 'node:http';
import type { HeaderValue } from './types.ts';

/** An error answer (RFC 9457) before it is written. */
export interface Failure {
  status: number;
  code: string;
  title: string;
  detail: string;
  type: string;
  members: Record<string, unknown>;
  headers: Record<string, HeaderValue>;
  /** What to log: set when the answer does not tell what happened. */
  cause?: unknown;
}

const INTERNAL_DETAIL = 'The function failed. Its log tells why, under the call id of this answer.';

/** The standard's members, which an error's own cannot replace, and the one that must not leave the process. */
const RESERVED = new Set(['type', 'title', 'status', 'code', 'detail', 'callId', 'stack']);

/** Codes of Node's and HTTP clients' own errors: they were not written for our caller. */
const FOREIGN_CODE = /^([A-Z]+_)?ERR_/;

/** Errors that the runtime itself answers with; their codes stand in the table of `src/contract/problems.ts` too. */
export class RuntimeProblem extends Error {
  override readonly name = 'RuntimeProblem';
  readonly status: number;
  readonly code: string;
  readonly title: string;

  constructor(status: number, code: string, title: string, detail: string) {
    super(detail);
    this.status = status;
    this.code = code;
    this.title = title;
  }
}

type Fields = Record<string, unknown>;

function isFields(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null;
}

function isErrorStatus(status: unknown): status is number {
  return typeof status === 'number' && Number.isInteger(status) && status >= 400 && status <= 599;
}

/** The code of an answer that was given only a status: `bad-request`, `not-found`; every 500 is `internal`. */
function codeOf(status: number): string {
  if (status === 500) return 'internal';
  return (STATUS_CODES[status] ?? 'failed').toLowerCase().replaceAll(/[^a-z]+/g, '-');
}

function titleOf(status: number): string {
  return status === 500 ? 'Internal error' : (STATUS_CODES[status] ?? 'Failed');
}

function failure(status: number, detail: string, more: Partial<Failure> = {}): Failure {
  const defaults = { code: codeOf(status), title: titleOf(status), type: 'about:blank', members: {}, headers: {} };
  return { status, detail, ...defaults, ...more };
}

function text(...candidates: unknown[]): string | undefined {
  return candidates.find((candidate): candidate is string => typeof candidate === 'string' && candidate !== '');
}

/** A thrown object with a numeric error `status` and a string `code` tells the caller what it says. */
function deliberate(error: unknown): Failure | undefined {
  if (!isFields(error) || !isErrorStatus(error.status)) return undefined;
  const { status, code } = error;
  if (typeof code !== 'string' || code === '' || FOREIGN_CODE.test(code)) return undefined;
  return failure(status, text(error.detail, error.message) ?? titleOf(status), {
    code,
    title: text(error.title) ?? titleOf(status),
    type: text(error.type) ?? 'about:blank',
    members: isFields(error.members) ? error.members : {},
    headers: isFields(error.headers) ? (error.headers as Record<string, HeaderValue>) : {},
    ...(error.cause === undefined ? {} : { cause: error.cause }),
  });
}

/** What the caller is told of a thrown or rejected error: anything not written for them is `internal`. */
export function thrownFailure(error: unknown): Failure {
  return deliberate(error) ?? failure(500, INTERNAL_DETAIL, { cause: error ?? new Error('undefined was thrown') });
}

/**
 * What the caller is told of `context.status(n).fail(value)`. Text and objects were written for them. An
 * Error's message was only if the handler also chose a 4xx: what comes out of a `catch` may name files and hosts.
 */
export function failedFailure(value: unknown, chosen: number, headers: Record<string, HeaderValue>): Failure {
  const known = deliberate(value);
  if (known) return { ...known, headers: { ...headers, ...known.headers } };
  const status = isErrorStatus(chosen) ? chosen : 500;
  const title = titleOf(status);
  if (value instanceof Error) {
    const shown = status < 500 && value.message !== '';
    return failure(status, shown ? value.message : status < 500 ? title : INTERNAL_DETAIL, { headers, cause: value });
  }
  if (isFields(value) && !Array.isArray(value)) {
    return failure(status, text(value.detail, value.message) ?? title, { headers, members: value });
  }
  const said =
    value === undefined || value === null ? title : typeof value === 'string' ? value : JSON.stringify(value);
  return failure(status, said || title, { headers });
}

/** The body, as RFC 9457 and `docs/errors.md` have it. */
export function problemBody(failed: Failure, callId: string): Buffer {
  const { type, title, status, code, detail } = failed;
  const standard = { type, title, status, code, detail, callId };
  const extra = Object.entries(failed.members).filter(([name]) => !RESERVED.has(name));
  try {
    return Buffer.from(JSON.stringify({ ...standard, ...Object.fromEntries(extra) }));
  } catch {
    // Members that JSON cannot hold (cycles, BigInt) must not cost the caller the rest.
    return Buffer.from(JSON.stringify(standard));
  }
}
