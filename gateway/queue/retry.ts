import { exponentialBackoff } from '#kit/backoff';
import { parseRetryAfter } from '#kit/retry-after';

/** How often a job is tried, and the pauses in between. Times in milliseconds. */
export interface RetryPolicy {
  attempts: number;
  /** Statuses after which a retry may help. */
  codes: ReadonlySet<number>;
  minWait: number;
  maxWait: number;
}

export const DEFAULT_RETRY: RetryPolicy = {
  attempts: 10,
  codes: new Set([408, 429, 500, 502, 503, 504]),
  minWait: 1000,
  maxWait: 60_000,
};

/** Time limit for retries while a function answers that it is busy. */
const MAX_AGE_MS = 24 * 3_600_000;

/** The outcome of a delivery. */
export interface Outcome {
  status: number;
  /** The status is the gateway's, not the function's. */
  platform: boolean;
  /** The pause that the answer asks for, ms. */
  retryAfter: number;
}

export type Verdict =
  | { kind: 'final' }
  | { kind: 'again'; wait: number; counts: boolean }
  | { kind: 'given up'; reason: string };

/**
 * Decides how a job continues after an attempt.
 * @param attempts including this one
 * @param age milliseconds since it was accepted
 */
export function judge(outcome: Outcome, attempts: number, age: number, policy: RetryPolicy): Verdict {
  const { status, platform, retryAfter } = outcome;
  if (status === 429 && policy.codes.has(429)) {
    if (age > MAX_AGE_MS) return { kind: 'given up', reason: 'The function was busy for a day.' };
    return { kind: 'again', wait: Math.max(policy.minWait, retryAfter), counts: false };
  }
  if (!policy.codes.has(status) && !(platform && status >= 500)) return { kind: 'final' };
  if (attempts >= policy.attempts) {
    return { kind: 'given up', reason: `The function answered ${status} at the last of ${attempts} attempts.` };
  }
  return { kind: 'again', wait: Math.max(backoff(attempts, policy), retryAfter), counts: true };
}

/** Doubles after each attempt, with jitter, so that jobs which failed together spread out. */
export function backoff(attempts: number, { minWait, maxWait }: RetryPolicy): number {
  const wait = exponentialBackoff(attempts, { first: minWait, longest: maxWait });
  return wait * (0.8 + 0.2 * Math.random());
}

/** Interruptions after which the job itself is considered the cause. */
const FORGIVEN_INTERRUPTIONS = 2;

/**
 * Milliseconds until an interrupted job is tried again: at once the first times, then after growing pauses.
 */
export function afterInterruption(interruptions: number, policy: RetryPolicy): number {
  const suspicious = interruptions - FORGIVEN_INTERRUPTIONS;
  return suspicious > 0 ? Math.ceil(backoff(suspicious, policy)) : 0;
}

/** Longest pause, whatever an answer asks for. */
export const MAX_RETRY_AFTER_MS = 300_000;

/** `Retry-After` in milliseconds, from seconds or a date; 0 without one. */
export function readRetryAfter(header: string | undefined, now = Date.now()): number {
  return Math.min(MAX_RETRY_AFTER_MS, parseRetryAfter(header, now));
}
