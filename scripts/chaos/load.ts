import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { outcome } from '../stress/drive.ts';
import { type Answer, connections, send } from '../stress/send.ts';
import { type Expectations, type ExpectedCall, MIX } from '../stress/traffic.ts';

/** The outcome of one request; times are `performance.now()`. */
export interface Judged {
  began: number;
  ended: number;
  path: string;
  code: string;
  verdict: 'right' | 'wrong' | 'refused' | 'unexplained' | 'cut';
  /** What is wrong, or the answer. */
  words?: string;
}

/** Accepted work, which must not be lost. */
export interface Promised {
  /** Addresses of jobs. */
  jobs: string[];
  /** Call ids of queued calls. */
  calls: string[];
  /** The callbacks of each call id: the status, and whether the picture was right. */
  callbacks: Map<string, { status: number; right: boolean }[]>;
}

export const JOB_STEPS = 'rotate:90;grayscale';
const JOB_EVERY = 10;
const CALL_EVERY = 10;

/** Statuses of the gateway's own errors: plain text, as in OpenFaaS. */
const PLAIN = new Set(['408', '429', '502', '503', '504', '507']);

export interface Load {
  records: Judged[];
  promises: Promised;
  /** Resolves when no more requests are sent and the last has ended; callbacks are still received. */
  done: Promise<void>;
  close(): void;
}

/**
 * A constant rate of all kinds of requests; each answer is judged.
 * @param photo the input of jobs and queued calls; `turned` the expected result of the calls
 */
export async function startLoad(
  url: string,
  expectations: Expectations,
  { photo, turned, rate, seconds }: { photo: Buffer; turned: Buffer; rate: number; seconds: number },
): Promise<Load> {
  const records: Judged[] = [];
  const promises: Promised = { jobs: [], calls: [], callbacks: new Map() };
  const callbacks = await takeCallbacks(promises, turned);
  const agent = connections();
  const mixed = expectations.mixed(MIX);
  const next = (number: number): ExpectedCall => {
    if (number % JOB_EVERY === 3) return job(photo, promises);
    if (number % CALL_EVERY === 7) return queued(photo, callbacks.url, promises, number);
    return mixed.next();
  };
  const one = async (number: number): Promise<void> => {
    const expected = next(number);
    const began = performance.now();
    const answer = await send(url, expected.sent, agent);
    records.push({
      began,
      ended: performance.now(),
      path: expected.sent.path.split('?')[0] as string,
      ...judged(expected, answer),
    });
  };
  const run = async (): Promise<void> => {
    const started = performance.now();
    const underWay: Promise<void>[] = [];
    for (let number = 0; number < rate * seconds; number++) {
      await sleep(Math.max(0, started + (number * 1000) / rate - performance.now()));
      underWay.push(one(number));
    }
    await Promise.all(underWay);
    agent.destroy();
  };
  return { records, promises, done: run(), close: callbacks.close };
}

function judged({ status = 200, check }: ExpectedCall, answer: Answer): Pick<Judged, 'code' | 'verdict' | 'words'> {
  const code = outcome(answer);
  if (answer.status === 0) return { code, verdict: 'cut' };
  if (answer.status === status) {
    const words = check(answer);
    return words === undefined ? { code, verdict: 'right' } : { code, verdict: 'wrong', words };
  }
  const words = answer.body.toString('utf8', 0, 200);
  const problem = / (?!internal|\(broken)/.test(code);
  // The platform names itself when it answers for a function.
  const platform = PLAIN.has(code) || answer.headers['x-openfaas-internal'] !== undefined;
  return { code, words, verdict: problem || platform ? 'refused' : 'unexplained' };
}

/** Starts a job, and keeps its address. */
export function job(photo: Buffer, { jobs }: Promised): ExpectedCall {
  return {
    sent: { path: `/function/pipeline-fn/jobs?steps=${JOB_STEPS}`, body: photo },
    status: 202,
    check: ({ headers: { location } }) => {
      if (location === undefined) return 'an accepted job without an address';
      jobs.push(location);
      return undefined;
    },
  };
}

/** Queues a call, and keeps its id once it is accepted. */
export function queued(photo: Buffer, callback: string, { calls }: Promised, number: number): ExpectedCall {
  const id = `chaos-${number}`;
  return {
    sent: {
      path: '/async-function/rotate-fn?angle=90',
      headers: { 'x-call-id': id, 'x-callback-url': callback },
      body: photo,
    },
    status: 202,
    check: () => {
      calls.push(id);
      return undefined;
    },
  };
}

/** Where callbacks are posted, on loopback. */
export async function takeCallbacks(
  { callbacks }: Promised,
  turned: Buffer,
): Promise<{ url: string; close: () => void }> {
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const id = String(request.headers['x-call-id']);
    const status = Number(request.headers['x-function-status']);
    callbacks.set(id, [...(callbacks.get(id) ?? []), { status, right: Buffer.concat(chunks).equals(turned) }]);
    response.end();
  }).listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  const close = (): void => {
    server.close();
    server.closeAllConnections();
  };
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`, close };
}
