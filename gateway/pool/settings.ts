import { parseDuration } from '#kit/duration';
import { DEFAULT_RETRY, type RetryPolicy } from '../queue/retry.ts';
import { type FunctionSpec, StackError } from '../stack/stack.ts';
import { parseMemory } from './memory.ts';

/** How one function is run, read from its labels and environment. Times in milliseconds. */
export interface FunctionSettings {
  /** From forwarding a request to the end of its answer; beyond it the function has failed (504). */
  execTimeout: number;
  /** From forwarding a request to the end of its body (502). */
  readTimeout: number;
  /** From forwarding a request to the end of its answer, whatever the function's own limit (502). */
  writeTimeout: number;
  /** Concurrent requests in one replica; 0: no limit. */
  maxInflight: number;
  minReplicas: number;
  maxReplicas: number;
  /** Target of concurrent requests per replica; sustained load above it starts another. */
  targetInflight: number;
  /** Percent of maxReplicas that one Alertmanager alert adds; 0: none. */
  scaleFactor: number;
  /** Idle time after which the last replica stops; undefined: never. */
  idleAfter: number | undefined;
  /** Bytes of memory above which a process is replaced; undefined: no limit. */
  memoryLimit: number | undefined;
  /** How queued calls are retried. */
  retry: RetryPolicy;
}

const SECOND = 1000;

/** Defaults of OpenFaaS's watchdog and community edition. */
const DEFAULTS = {
  timeout: 30 * SECOND,
  minReplicas: 1,
  maxReplicas: 5,
  idleAfter: 900 * SECOND,
  targetInflight: 10,
  scaleFactor: 10,
};

/** The maximum of Node's timers. */
const MAX_TIMER = 2 ** 31 - 1;

const LABEL = 'com.openfaas.scale';
const RETRY = 'com.openfaas.retry';

type Kind = 'environment' | 'labels' | 'annotations' | 'limits';

/**
 * Reads a function's settings.
 * @param idleOverride the operator's idle time in milliseconds, in place of every label's; 0 never stops an idle one
 * @throws StackError naming function and key
 */
export function readSettings(spec: FunctionSpec, idleOverride?: number): FunctionSettings {
  const duration = (kind: Kind, key: string, fallback: number) =>
    amount(spec, kind, key, fallback, parseDuration, 'a duration such as 30s or 1m30s');
  const count = (kind: Kind, key: string, fallback: number) =>
    amount(spec, kind, key, fallback, (text) => (/^\d{1,4}$/.test(text) ? Number(text) : undefined), 'a whole number');
  const maxReplicas = Math.max(1, count('labels', `${LABEL}.max`, DEFAULTS.maxReplicas));
  const minReplicas = count('labels', `${LABEL}.min`, DEFAULTS.minReplicas);
  const maxInflight = count('environment', 'max_inflight', 0);
  const idleAfter = idleOverride ?? duration('labels', `${LABEL}.zero-duration`, DEFAULTS.idleAfter);
  return {
    // 0: no limit of its own; the gateway's still applies.
    execTimeout: duration('environment', 'exec_timeout', DEFAULTS.timeout) || Number.POSITIVE_INFINITY,
    readTimeout: duration('environment', 'read_timeout', DEFAULTS.timeout) || Number.POSITIVE_INFINITY,
    writeTimeout: amount(spec, 'environment', 'write_timeout', DEFAULTS.timeout, aboveZero, 'a duration above 0'),
    maxInflight,
    maxReplicas,
    minReplicas: Math.min(Math.max(1, minReplicas), maxReplicas),
    targetInflight: Math.max(1, count('labels', `${LABEL}.target`, maxInflight || DEFAULTS.targetInflight)),
    scaleFactor: Math.min(100, count('labels', `${LABEL}.factor`, DEFAULTS.scaleFactor)),
    idleAfter: spec.labels[`${LABEL}.zero`] === 'true' && idleAfter > 0 ? Math.min(idleAfter, MAX_TIMER) : undefined,
    memoryLimit: amount(spec, 'limits', 'memory', undefined, parseMemory, 'an amount of memory such as 512Mi'),
    retry: {
      attempts: Math.max(1, count('annotations', `${RETRY}.attempts`, DEFAULT_RETRY.attempts)),
      codes: amount(spec, 'annotations', `${RETRY}.codes`, DEFAULT_RETRY.codes, readCodes, 'statuses such as 429,503'),
      minWait: duration('annotations', `${RETRY}.min_wait`, DEFAULT_RETRY.minWait),
      maxWait: Math.min(MAX_TIMER, duration('annotations', `${RETRY}.max_wait`, DEFAULT_RETRY.maxWait)),
    },
  };
}

function aboveZero(text: string): number | undefined {
  return parseDuration(text) || undefined;
}

function readCodes(text: string): ReadonlySet<number> | undefined {
  const codes = text.split(',').map((code) => Number(code.trim()));
  return codes.every((code) => Number.isInteger(code) && code >= 100 && code <= 599) ? new Set(codes) : undefined;
}

function amount<T>(
  spec: FunctionSpec,
  kind: Kind,
  key: string,
  fallback: T,
  parse: (text: string) => T | undefined,
  wanted: string,
): T {
  const text = (spec[kind] as Record<string, string | undefined>)[key];
  if (text === undefined || text === '') return fallback;
  const value = parse(text);
  if (value === undefined) throw new StackError(`functions: ${spec.name}: ${kind}: ${key} is "${text}", not ${wanted}`);
  return value;
}
