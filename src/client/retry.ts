import { setTimeout as sleep } from 'node:timers/promises';
import { FunctionCallError } from '#client/function-errors';
import { Problem } from '#contract/problems';
import { exponentialBackoff } from '#kit/backoff';
import { parseRetryAfter } from '#kit/retry-after';

/** Statuses that are retried: unavailable, too busy, too slow. */
const PASSING = [429, 502, 503, 504];
/** The longest pause before the second attempt, in milliseconds; doubled for each further one. */
const FIRST_PAUSE = 400;
const LONGEST_PAUSE = 4_000;

export interface Tries {
  /** The maximum number of attempts. */
  most?: number;
  /** By `performance.now()`: no attempt begins or continues after it. */
  deadline: number;
  signal: AbortSignal;
  /** Called for each failed attempt that is followed by another. */
  onRetry?: (error: Problem, pauseMs: number) => void;
}

/** Whether an error is temporary, so that a retry can help. */
export function isPassing(error: unknown): error is Problem {
  if (error instanceof FunctionCallError) return error.platform || PASSING.includes(error.answered);
  return error instanceof Problem && PASSING.includes(error.status);
}

/**
 * Runs work and retries temporary failures, with exponential backoff and jitter, or after `Retry-After`. Every attempt
 * but the last gets two thirds of the time left, so that one that hangs leaves time for another.
 * @param work one attempt; gets the milliseconds it may take
 * @throws the error of the last attempt
 */
export async function withTries<T>(
  work: (timeoutMs: number) => Promise<T>,
  { most = 3, deadline, signal, onRetry }: Tries,
): Promise<T> {
  for (let tries = 1; ; tries++) {
    const left = deadline - performance.now();
    try {
      return await work(Math.max(1, Math.round(tries === most ? left : (left * 2) / 3)));
    } catch (error) {
      if (tries === most || !isPassing(error)) throw error;
      const pause = pauseAfter(error, tries);
      // The pause would exceed the deadline: fail now.
      if (performance.now() + pause >= deadline) throw error;
      onRetry?.(error, pause);
      await sleep(pause, undefined, { signal });
    }
  }
}

/** Milliseconds, with jitter, so that callers that failed together do not retry together. */
function pauseAfter(error: Problem, tries: number): number {
  const random = Math.random() * exponentialBackoff(tries, { first: FIRST_PAUSE, longest: LONGEST_PAUSE });
  return Math.max(random, parseRetryAfter(error.headers['retry-after']));
}
