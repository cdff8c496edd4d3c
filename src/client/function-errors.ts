import type { AxiosError } from 'axios';
import { PROBLEMS, Problem, type ProblemCode, type ProblemExtras } from '#contract/problems';

/* Failed calls of functions as problems. */

/** A call that a function, or the platform, answered with an error. */
export class FunctionCallError extends Problem {
  /** The answer's status, which the problem's may differ from. */
  readonly answered: number;
  /** Whether the platform answered, not the function. */
  readonly platform: boolean;

  constructor(code: ProblemCode, detail: string, extras: ProblemExtras, source: { status: number; platform: boolean }) {
    super(code, detail, extras);
    this.answered = source.status;
    this.platform = source.platform;
  }
}

/** Passes on a function's problem; turns the platform's errors into problems. */
export function refused(
  name: string,
  status: number,
  headers: Record<string, string>,
  body?: Buffer,
): FunctionCallError {
  const own = body && readProblem(headers, body);
  const extras: ProblemExtras = {
    members: { ...own?.members, function: name },
    ...(headers['retry-after'] ? { headers: { 'retry-after': headers['retry-after'] } } : {}),
  };
  const problem = (code: ProblemCode, detail: string) =>
    new FunctionCallError(code, detail, extras, { status, platform: 'x-openfaas-internal' in headers });
  if (own && Object.hasOwn(PROBLEMS, own.code)) return problem(own.code as ProblemCode, own.detail);
  if (own) return problem('function-failed', `The function ${name} answered: ${own.detail}`);
  if (status === 429) return problem('busy', `The function ${name} is busy; try again in a moment.`);
  if (status === 504) return problem('timed-out', `The function ${name} did not answer in time; try again.`);
  const reason =
    status === 404 ? 'is not deployed on this gateway' : `failed (status ${status}); try again in a moment`;
  return problem('function-failed', `The function ${name} ${reason}.`);
}

interface ProblemBody {
  code: string;
  detail: string;
  members: Record<string, unknown>;
}

/** Reads an RFC 9457 body with the members of our functions; `undefined` for anything else. */
function readProblem(headers: Record<string, string>, body: Buffer): ProblemBody | undefined {
  if (!headers['content-type']?.startsWith('application/problem+json')) return undefined;
  try {
    return parseProblemBody(JSON.parse(body.toString('utf8')));
  } catch {
    return undefined;
  }
}

function parseProblemBody(data: unknown): ProblemBody | undefined {
  const { type: _type, title: _title, status: _status, instance: _instance, callId: _callId, ...rest } = Object(data);
  const { code, detail, ...members } = rest;
  return typeof code === 'string' && typeof detail === 'string' ? { code, detail, members } : undefined;
}

/** The problem in an event, which a function sends if its answer has already begun. */
export function problemInEvent(name: string, data: unknown): Problem {
  const own = parseProblemBody(data);
  const members = { ...own?.members, function: name };
  if (own && Object.hasOwn(PROBLEMS, own.code)) return new Problem(own.code as ProblemCode, own.detail, { members });
  const reason = own ? `answered: ${own.detail}` : 'failed and did not say why.';
  return new Problem('function-failed', `The function ${name} ${reason}`, { members });
}

export function timedOut(name: string, timeoutMs: number): Problem {
  const seconds = Math.round(timeoutMs / 100) / 10;
  return new Problem('timed-out', `The function ${name} did not answer within ${seconds} s; try again.`, {
    members: { function: name },
  });
}

export function unreachable(name: string, error: AxiosError): Problem {
  if (error.code === 'ERR_BAD_RESPONSE' && /maxContentLength/.test(error.message)) return tooMuch(name, error);
  const detail = `The function ${name} could not be reached through the gateway; try again.`;
  return new Problem('function-failed', detail, { members: { function: name }, cause: error });
}

export function tooMuch(name: string, cause?: unknown): Problem {
  return new Problem('function-failed', `The function ${name} answered more than is allowed here.`, {
    members: { function: name },
    cause,
  });
}
