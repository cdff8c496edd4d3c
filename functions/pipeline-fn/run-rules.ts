import { TIMES } from '#config/times';
import type { FunctionEvent } from '#handler';
import { createLimiter, type Limiter } from '#process/limiter';
import type { RunRules } from './call-step.ts';

/** Requests under way in this process; each holds its pictures in memory. */
export const requests = createLimiter({ running: 8, waiting: 64 });
/** Calls under way: functions scale by what is in flight, and this process must not drown them. */
const calls = createLimiter({ running: 16, waiting: 10_000 });

/** Jobs that are being taken in; they wait for the store and the queue, not for functions. */
export const arrivals = createLimiter({ running: 4, waiting: 64 });

/** Jobs take half of the places at most: nobody waits for them, and the queue brings as many as there are. */
const jobsAtOnce = createLimiter({ running: 4, waiting: 64 });
const callsOfJobs = createLimiter({ running: 8, waiting: 10_000 });

const within =
  (narrow: Limiter, wide: Limiter): Limiter =>
  (work, signal) =>
    narrow(() => wide(work, signal), signal);

/** Work on jobs under way, among the requests. */
export const jobs = within(jobsAtOnce, requests);
const jobCalls = within(callsOfJobs, calls);

/**
 * What the steps of one request keep to.
 * @param started by `performance.now()`
 * @param whose line its calls stand in
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
