import type { FunctionEvent } from '#handler';
import { createLimiter } from '#platform/limiter';
import { TIMES } from '#platform/times';
import type { RunRules } from './call-step.ts';

/** Requests under way in this process; each holds its pictures in memory. */
export const requests = createLimiter({ running: 8, waiting: 64 });
/** Calls under way: functions scale by what is in flight, and this process must not drown them. */
const calls = createLimiter({ running: 16, waiting: 10_000 });

/** What the steps of one request keep to. @param started by `performance.now()` */
export function runRules({ callId, signal }: Pick<FunctionEvent, 'callId' | 'signal'>, started: number): RunRules {
  const deadline = started + TIMES.pipeline;
  const late = AbortSignal.timeout(Math.max(0, Math.round(deadline - performance.now())));
  return { callId, signal: AbortSignal.any([signal, late]), started, deadline, limited: calls };
}
