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
  /** For the log, if the answer does not say what happened. */
  cause?: unknown;
}

const INTERNAL_DETAIL = 'The function failed. Its log tells why, under the call id of this answer.';

/** Members of the standard, which an error cannot replace, and the one that must not leave the process. */
const RESERVED = new Set(['type', 'title', 'status', 'code', 'detail', 'callId', 'stack']);

/** Codes of errors of Node and HTTP clients, which are not meant for our caller. */
const FOREIGN_CODE = /^([A-Z]+_)?ERR_/;

/** The runtime's own errors; their codes are in the table of `src/contract/problems.ts`, too. */
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

/** The code for an answer that only has a status: `bad-request`, `not-found`; `internal` for every 500. */
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

/** A thrown object with a numeric error `status` and a string `code` is meant for the caller. */
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

/** The answer to a thrown or rejected error; one that is not meant for the caller is `internal`. */
export function thrownFailure(error: unknown): Failure {
  return deliberate(error) ?? failure(500, INTERNAL_DETAIL, { cause: error ?? new Error('undefined was thrown') });
}

/**
 * The answer to `context.status(n).fail(value)`. Text and objects are meant for the caller. The message of an Error is
 * only if the handler also set a 4xx, because a caught error may name files and hosts.
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
  const detail =
    value === undefined || value === null ? title : typeof value === 'string' ? value : JSON.stringify(value);
  return failure(status, detail || title, { headers });
}

/** The body, as in RFC 9457 and `docs/errors.md`. */
export function problemBody(failed: Failure, callId: string): Buffer {
  const { type, title, status, code, detail } = failed;
  const standard = { type, title, status, code, detail, callId };
  const extra = Object.entries(failed.members).filter(([name]) => !RESERVED.has(name));
  try {
    return Buffer.from(JSON.stringify({ ...standard, ...Object.fromEntries(extra) }));
  } catch {
    // Without members that JSON cannot represent (cycles, BigInt).
    return Buffer.from(JSON.stringify(standard));
  }
}
