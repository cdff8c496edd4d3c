import { setTimeout as sleep } from 'node:timers/promises';
import { FunctionCallError } from '#client/function-errors';
import { Problem } from '#contract/problems';
import { exponentialBackoff } from '#kit/backoff';
import { parseRetryAfter } from '#kit/retry-after';

/** Answers that a second try may better: nobody there, too busy, too slow. */
const PASSING = [429, 502, 503, 504];
/** Milliseconds: the longest pause before the second try; each later one may be twice as long. */
const FIRST_PAUSE = 400;
const LONGEST_PAUSE = 4_000;

export interface Tries {
  /** How many, at most. */
  most?: number;
  /** By `performance.now()`, in milliseconds: no try begins after it and none lasts longer. */
  deadline: number;
  signal: AbortSignal;
  /** Told of each failed try that is followed by another. */
  onRetry?: (error: Problem, pauseMs: number) => void;
}

/** Whether trying again can help. */
export function isPassing(error: unknown): error is Problem {
  if (error instanceof FunctionCallError) return error.platform || PASSING.includes(error.answered);
  return error instanceof Problem && PASSING.includes(error.status);
}

/**
 * Does a piece of work, again when it fails in passing, with growing pauses of random length, or as long as
 * `Retry-After` asks for. A try that is not the last gets two thirds of the time left, so that one that hangs leaves
 * room for another.
 * @param work one try; gets the milliseconds it may take
 * @throws what the last try threw
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
      // Not even the pause fits: the caller learns now what is wrong, not later.
      if (performance.now() + pause >= deadline) throw error;
      onRetry?.(error, pause);
      await sleep(pause, undefined, { signal });
    }
  }
}

/** Milliseconds. Random, so that callers who failed together do not come back together. */
function pauseAfter(error: Problem, tries: number): number {
  const random = Math.random() * exponentialBackoff(tries, { first: FIRST_PAUSE, longest: LONGEST_PAUSE });
  return Math.max(random, parseRetryAfter(error.headers['retry-after']));
}
