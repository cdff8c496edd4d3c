import { callFunction } from '#client/function-client';
import { TIMES } from '#config/times';
import type { RunRules } from './call-step.ts';
import type { PipelineStep } from './steps.ts';

/** Longer than this after a call a function may sleep again: gateways are started with idle times of some seconds. */
const AWAKE_MS = 5_000;

/** When each function was last wanted, by `performance.now()`. */
const wanted = new Map<string, number>();

/**
 * Wakes the functions that are needed later while the first ones work, so that those that sleep start side by side
 * and not one after the other. Nobody waits for it, and a failure shows when the step is called.
 */
export function wakeTogether(steps: PipelineStep[], { callId, signal }: Pick<RunRules, 'callId' | 'signal'>): void {
  const now = performance.now();
  const first = new Set(steps.filter(({ sees }) => sees === 'original').map((step) => step.function));
  for (const name of new Set(steps.map((step) => step.function))) {
    const asleep = now - (wanted.get(name) ?? Number.NEGATIVE_INFINITY) > AWAKE_MS;
    wanted.set(name, now);
    if (!asleep || first.has(name)) continue;
    const call = { method: 'GET', path: '/_/health', callId, signal, timeoutMs: TIMES.call } as const;
    callFunction(name, call).catch(() => {});
  }
}
