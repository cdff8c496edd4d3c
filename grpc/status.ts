import { Metadata, type StatusObject, status } from '@grpc/grpc-js';
import { PROBLEMS, Problem, type ProblemCode } from '#contract/problems';
import { anyOf, rpc } from './protos.ts';

/** The gRPC status for each HTTP status of a problem. */
const BY_STATUS: Record<number, status> = {
  400: status.INVALID_ARGUMENT,
  401: status.UNAUTHENTICATED,
  403: status.PERMISSION_DENIED,
  404: status.NOT_FOUND,
  405: status.UNIMPLEMENTED,
  409: status.ABORTED,
  410: status.FAILED_PRECONDITION,
  413: status.RESOURCE_EXHAUSTED,
  415: status.INVALID_ARGUMENT,
  422: status.INVALID_ARGUMENT,
  429: status.RESOURCE_EXHAUSTED,
  500: status.INTERNAL,
  502: status.UNAVAILABLE,
  503: status.UNAVAILABLE,
  504: status.DEADLINE_EXCEEDED,
  507: status.RESOURCE_EXHAUSTED,
};

/** Exceptions: where that status would suggest a retry, or another limit. */
const BY_CODE: Partial<Record<ProblemCode, status>> = {
  'too-many-pixels': status.INVALID_ARGUMENT,
  'source-failed': status.FAILED_PRECONDITION,
  'model-missing': status.FAILED_PRECONDITION,
};

/** The gRPC status of a problem; docs/grpc.md has the table. */
export function statusCodeOf(code: ProblemCode): status {
  return BY_CODE[code] ?? BY_STATUS[PROBLEMS[code].status] ?? status.UNKNOWN;
}

/** A status with its trailers. `cause` is only for the log. */
export interface Failed extends StatusObject {
  cause: unknown;
}

/** The trailer of Google's error model. */
const DETAILS = 'grpc-status-details-bin';

/**
 * An error as a gRPC status with details: `ErrorInfo` always, `BadRequest` if an option is wrong, `RetryInfo` if
 * the function sent `Retry-After`. Anything but a problem becomes `internal`, with its cause for the log.
 */
export function statusOf(error: unknown, callId: string): Failed {
  const problem = error instanceof Problem ? error : internal(error);
  const code = statusCodeOf(problem.code);
  const metadata = new Metadata();
  const message = rpc.Status.serialize({ code, message: problem.message, details: detailsOf(problem, callId) });
  metadata.set(DETAILS, message);
  metadata.set('x-call-id', callId);
  return { code, details: problem.message, metadata, cause: problem.cause };
}

function internal(cause: unknown): Problem {
  return new Problem('internal', 'The call failed. The log tells why, under the call id of this answer.', { cause });
}

function detailsOf({ code, status, members, headers, message }: Problem, callId: string) {
  const known = Object.entries(members).map(([name, value]) => [name, text(value)]);
  const info = {
    reason: code.toUpperCase().replaceAll('-', '_'),
    domain: 'obscura',
    metadata: { ...Object.fromEntries(known), code, status: String(status), callId },
  };
  const details = [anyOf('ErrorInfo', rpc.ErrorInfo, info)];
  if (typeof members.option === 'string') {
    const violation = { field: members.option, description: message };
    details.push(anyOf('BadRequest', rpc.BadRequest, { fieldViolations: [violation] }));
  }
  const seconds = Number(headers['retry-after'] ?? headers['Retry-After']);
  if (Number.isInteger(seconds) && seconds > 0) {
    details.push(anyOf('RetryInfo', rpc.RetryInfo, { retryDelay: { seconds } }));
  }
  return details;
}

function text(value: unknown): string {
  return typeof value === 'string' ? value : (JSON.stringify(value) ?? String(value));
}
