import { randomBytes } from 'node:crypto';

/** An accepted asynchronous call: everything to send, besides the body. */
export interface Job {
  /** Sorts by the time of acceptance. */
  id: string;
  /** The function. */
  name: string;
  /** Its name as the caller wrote it, with the namespace if given; sent to the callback. */
  calledAs?: string;
  /** Path and query as the function sees them. */
  path: string;
  /** As the function will see them. */
  headers: Record<string, string | string[]>;
  callId: string;
  /** Where the answer goes. */
  callbackUrl?: string;
  /** Milliseconds since 1970. */
  acceptedAt: number;
}

/** A function's last answer to a job, kept until its callback has received it. */
export interface JobAnswer {
  status: number;
  headers: Record<string, string | string[]>;
  /** How long the function took. */
  seconds: number;
  /** Why the job failed for good; its callback still receives the status. */
  failed?: string;
}

let count = 0;

/** A new id: milliseconds, a counter within a millisecond, and a random part that differs between gateways. */
export function newJobId(now = Date.now()): string {
  count = (count + 1) % 36 ** 4;
  const part = (value: number, width: number) => value.toString(36).padStart(width, '0');
  return `${part(now, 9)}${part(count, 4)}-${randomBytes(6).toString('hex')}`;
}

/** Whether a text from a file name is an id made by `newJobId`. */
export const JOB_ID = /^[0-9a-z]{13}-[0-9a-f]{12}$/;
