import { Busy, Unavailable } from '../pool/upstream.ts';
import { TooSlow } from './upload-rate.ts';

/** A function did not answer at all: its process is gone or refuses connections. */
export class Unreachable extends Error {}

/** The time limit for an answer has passed; `status` says whose limit. */
export class TimedOut extends Error {
  readonly status: 502 | 504;
  /** It was the function's limit, not a shorter one of the caller or the gateway, and no slow sender used it up. */
  readonly own: boolean;

  constructor(status: 502 | 504, message: string, own = false) {
    super(message);
    this.status = status;
    this.own = own;
  }
}

/** The gateway's answer when a function gave none. */
export interface Refusal {
  status: number;
  text: string;
  headers: Record<string, string | number>;
  /** The log level; undefined for what the caller caused or what passes by itself. */
  log?: 'warn' | 'error';
}

/**
 * Status, text and headers of a failed call, as OpenFaaS has them.
 * @param name the function's
 * @param seconds since the call arrived
 */
export function refusalOf(error: unknown, name: string, seconds: number): Refusal {
  const duration = { 'X-Duration-Seconds': seconds.toFixed(6) };
  if (error instanceof Busy) {
    return { status: 429, text: error.message, headers: { ...internal('faas-middleware'), 'Retry-After': 1 } };
  }
  if (error instanceof Unavailable) {
    const text = `No endpoints available for: ${name}. ${error.message}`;
    return { status: 503, text, headers: { ...internal('proxy'), 'Retry-After': error.retryAfter } };
  }
  if (error instanceof TooSlow) return { status: 408, text: error.message, headers: { Connection: 'close' } };
  if (error instanceof TimedOut && error.status === 502) return { status: 502, text: '', headers: {}, log: 'warn' };
  if (error instanceof TimedOut) {
    const text = `The function ${name} ${error.message}.`;
    return { status: 504, text, headers: { ...duration, ...internal('of-watchdog') }, log: 'warn' };
  }
  const text = `Can't reach service for: ${name}.`;
  return { status: 500, text, headers: { ...duration, ...internal('proxy') }, log: 'error' };
}

/** Which part of OpenFaaS would have answered. */
function internal(part: string): { 'X-OpenFaaS-Internal': string } {
  return { 'X-OpenFaaS-Internal': part };
}
