import { callFunction } from '#client/function-client';
import { TIMES } from '#config/times';
import type { RunRules } from './call-step.ts';
import type { PipelineStep } from './steps.ts';

/** A function may be stopped when it has not been called for this long, in milliseconds. */
const AWAKE_MS = 5_000;

/** When each function was last needed, by `performance.now()`. */
const lastNeeded = new Map<string, number>();

/**
 * Starts the functions of later steps while the first ones work, so that stopped ones start at the same time and not
 * one after another. Failures are ignored here: they show when the step is called.
 */
export function wakeTogether(steps: PipelineStep[], { callId, signal }: Pick<RunRules, 'callId' | 'signal'>): void {
  const now = performance.now();
  const first = new Set(steps.filter(({ sees }) => sees === 'original').map((step) => step.function));
  for (const name of new Set(steps.map((step) => step.function))) {
    const asleep = now - (lastNeeded.get(name) ?? Number.NEGATIVE_INFINITY) > AWAKE_MS;
    lastNeeded.set(name, now);
    if (!asleep || first.has(name)) continue;
    const call = { method: 'GET', path: '/_/health', callId, signal, timeoutMs: TIMES.call } as const;
    callFunction(name, call).catch(() => {});
  }
}
