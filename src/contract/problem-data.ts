import { Problem } from '#contract/problems';

/** A problem as data inside another answer: an event, an entry of a batch, a job. */
export interface ProblemData {
  code: string;
  status: number;
  title: string;
  detail: string;
  [member: string]: unknown;
}

/** The public part of an error. Anything but a problem is `internal`; its message is only logged. */
export function problemOf(error: unknown): ProblemData {
  const problem = error instanceof Problem ? error : unexpected(error);
  const { code, status, title, message, members } = problem;
  return { ...members, code, status, title, detail: message };
}

function unexpected(error: unknown): Problem {
  const text = error instanceof Error ? (error.stack ?? error.message) : String(error);
  console.error(JSON.stringify({ level: 'error', msg: 'something unexpected failed', error: text }));
  return new Problem('internal', 'Something went wrong on our side; the log has more under the call id.');
}
