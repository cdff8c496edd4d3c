import { TIMES } from '#config/times';
import type { FunctionEvent } from '#handler';
import { createLimiter, type Limiter } from '#process/limiter';
import type { RunRules } from './call-step.ts';

/** Concurrent requests in this process; each holds its pictures in memory. */
export const requests = createLimiter({ running: 8, waiting: 64 });
/** Concurrent calls of functions, so that this process does not overload them. */
const calls = createLimiter({ running: 16, waiting: 10_000 });

/** Jobs that are being created; they wait for the store and the queue, not for functions. */
export const arrivals = createLimiter({ running: 4, waiting: 64 });

/** Jobs take at most half of the places: no client waits for them, and the queue delivers all there are. */
const jobsAtOnce = createLimiter({ running: 4, waiting: 64 });
const callsOfJobs = createLimiter({ running: 8, waiting: 10_000 });

const within =
  (narrow: Limiter, wide: Limiter): Limiter =>
  (work, signal) =>
    narrow(() => wide(work, signal), signal);

/** Jobs being worked on; they count as requests, too. */
export const jobs = within(jobsAtOnce, requests);
const jobCalls = within(callsOfJobs, calls);

/**
 * The limits for the steps of one request or job.
 * @param started by `performance.now()`
 * @param whose which limit its calls count against
 */
export function runRules(
  { callId, signal }: Pick<FunctionEvent, 'callId' | 'signal'>,
  started: number,
  whose: 'request' | 'job' = 'request',
): RunRules {
  const deadline = started + TIMES.pipeline;
  const late = AbortSignal.timeout(Math.max(0, Math.round(deadline - performance.now())));
  const limited = whose === 'job' ? jobCalls : calls;
  return { callId, signal: AbortSignal.any([signal, late]), started, deadline, limited };
}
