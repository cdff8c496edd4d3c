import { parseDuration } from './duration.ts';
import { type FunctionSpec, StackError } from './stack.ts';

/** How one function is run, read from its labels and environment. Times in milliseconds. */
export interface FunctionSettings {
  /** From forwarding a request to the end of its answer. */
  execTimeout: number;
  /** Requests at once in one replica; 0 is no limit. */
  maxInflight: number;
  minReplicas: number;
  maxReplicas: number;
  /** Idle time after which the last replica stops; undefined when it never does. */
  idleAfter: number | undefined;
}

const SECOND = 1000;

/** What the watchdog of OpenFaaS and its community edition assume where a stack says nothing. */
const DEFAULTS = { execTimeout: 30 * SECOND, minReplicas: 1, maxReplicas: 5, idleAfter: 900 * SECOND };

/** Node's timers take no more. */
const MAX_TIMER = 2 ** 31 - 1;

const LABEL = 'com.openfaas.scale';

/**
 * Reads a function's settings.
 * @param idleOverride the operator's idle time in milliseconds, in place of every label's; 0 never stops an idle one
 * @throws StackError naming function and key
 */
export function readSettings(spec: FunctionSpec, idleOverride?: number): FunctionSettings {
  const duration = (kind: 'environment' | 'labels', key: string, fallback: number) =>
    amount(spec, kind, key, fallback, parseDuration, 'a duration such as 30s or 1m30s');
  const count = (kind: 'environment' | 'labels', key: string, fallback: number) =>
    amount(spec, kind, key, fallback, (text) => (/^\d{1,4}$/.test(text) ? Number(text) : undefined), 'a whole number');
  const maxReplicas = Math.max(1, count('labels', `${LABEL}.max`, DEFAULTS.maxReplicas));
  const minReplicas = count('labels', `${LABEL}.min`, DEFAULTS.minReplicas);
  const idleAfter = idleOverride ?? duration('labels', `${LABEL}.zero-duration`, DEFAULTS.idleAfter);
  return {
    // 0 is no limit of its own; the gateway's still holds.
    execTimeout: duration('environment', 'exec_timeout', DEFAULTS.execTimeout) || Number.POSITIVE_INFINITY,
    maxInflight: count('environment', 'max_inflight', 0),
    maxReplicas,
    minReplicas: Math.min(Math.max(1, minReplicas), maxReplicas),
    idleAfter: spec.labels[`${LABEL}.zero`] === 'true' && idleAfter > 0 ? Math.min(idleAfter, MAX_TIMER) : undefined,
  };
}

function amount(
  spec: FunctionSpec,
  kind: 'environment' | 'labels',
  key: string,
  fallback: number,
  parse: (text: string) => number | undefined,
  wanted: string,
): number {
  const text = spec[kind][key];
  if (text === undefined || text === '') return fallback;
  const value = parse(text);
  if (value === undefined) throw new StackError(`functions: ${spec.name}: ${kind}: ${key} is "${text}", not ${wanted}`);
  return value;
}
