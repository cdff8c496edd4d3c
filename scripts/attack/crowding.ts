import { randomBytes } from 'node:crypto';
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import sharp from 'sharp';
import { quantile } from '../stress/tally.ts';
import { type Crowd, headOf, hold, repeat, silentCallbacks } from './crowds.ts';
import { type Probe, type Sent, statusOf, type Target } from './probe.ts';

/* What one client may do to delay another's small call (docs/security.md). */

/** Callbacks of these probes go to loopback. */
export const CROWDING_ENV = { GATEWAY_CALLBACK_NETWORKS: '127.0.0.0/8' };

/** How long another client calls, in seconds, and its calls per second. */
const WHOLE = { seconds: 20, rate: 5 };
/** 99 of 100 of its calls must be answered within this time, ms. */
const BAR_MS = 1_000;
/** Calls of a short run: all must be answered during the attack, however long that takes. */
const SHORT = 5;

/** A small call. @returns its status, or its failure */
type Call = (target: Target) => Promise<string>;

interface Attack {
  name: string;
  small: Call;
  begin(target: Target): Promise<Crowd>;
}

/** A square photo of one colour. @param side in pixels */
const photo = (side: number): Promise<Buffer> =>
  sharp({ create: { width: side, height: side, channels: 3, background: '#4080c0' } })
    .jpeg()
    .toBuffer();

/** A square PNG of noise: as large as its pixels. */
const noise = (side: number): Promise<Buffer> =>
  sharp(randomBytes(side * side * 3), { raw: { width: side, height: side, channels: 3 } })
    .png({ compressionLevel: 1 })
    .toBuffer();

let small: Promise<Buffer> | undefined;
function smallPhoto(): Promise<Buffer> {
  small ??= photo(64);
  return small;
}

const post =
  (path: string): Call =>
  async (target) =>
    statusOf(target, { method: 'POST', path, body: await smallPhoto() });

const turn = post('/function/rotate-fn?angle=90');
const pipeline = post('/function/pipeline-fn?output=picture&steps=rotate:90');
const page: Call = (target) => statusOf(target, { path: '/function/frontend-fn/' });

/** Queues a call. @returns the status that its callback reports */
const queued: Call = async (target) => {
  const told = await listener();
  try {
    const headers = { 'x-callback-url': told.url };
    const body = await smallPhoto();
    const status = await statusOf(target, {
      method: 'POST',
      path: '/async-function/rotate-fn?angle=90',
      headers,
      body,
    });
    return status === '202' ? String((await told.first).headers['x-function-status']) : status;
  } finally {
    told.close();
  }
};

async function listener(): Promise<{ url: string; first: Promise<IncomingMessage>; close: () => void }> {
  const server = createServer();
  const first = new Promise<IncomingMessage>((resolve) => {
    server.on('request', (request, response) => {
      request.resume();
      response.end();
      resolve(request);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const close = (): void => {
    server.close();
    server.closeAllConnections();
  };
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`, first, close };
}

/** Uploads at one byte per second. */
const slow = (count: number, path: string, bytes: number) => (target: Target) =>
  hold(target, {
    count,
    head: headOf(path, { 'Content-Type': 'image/jpeg', 'Content-Length': bytes }),
    drip: { text: 'x', everyMs: 1_000 },
  });

const MIB = 1024 * 1024;
const heavy = async (path: string): Promise<Sent> => ({ method: 'POST', path, body: await photo(1_500) });
const jsonOf = (piece: string): Sent => ({
  method: 'POST',
  path: '/function/rotate-fn',
  headers: { 'content-type': 'application/json' },
  body: `{"a":[${Array(10 * MIB)
    .fill(piece)
    .join(',')}]}`,
});

const nobody = async (): Promise<Crowd> => ({ end: async () => {} });

/** The time on an idle system, for comparison. */
const COMPARISON: Attack[] = [
  { name: 'nobody (one picture)', small: turn, begin: nobody },
  { name: 'nobody (pipelines)', small: pipeline, begin: nobody },
  { name: 'nobody (queued calls)', small: queued, begin: nobody },
];

const ATTACKS: Attack[] = [
  { name: '24 slow uploads of jobs', small: pipeline, begin: slow(24, '/function/pipeline-fn/jobs', 5 * MIB) },
  { name: '24 slow uploads of pipelines', small: pipeline, begin: slow(24, '/function/pipeline-fn', 31 * MIB) },
  { name: '24 slow uploads of 31 MiB', small: turn, begin: slow(24, '/function/rotate-fn', 31 * MIB) },
  { name: '128 slow uploads of 250 kB', small: turn, begin: slow(128, '/function/rotate-fn', 250_000) },
  { name: '64 slow uploads to the queue', small: queued, begin: slow(64, '/async-function/rotate-fn', 31 * MIB) },
  { name: '64 slow uploads through the page', small: page, begin: slow(64, '/function/frontend-fn/transform', MIB) },
  {
    name: '160 callbacks that never answer',
    small: queued,
    begin: async (target) =>
      silentCallbacks(target, 160, { path: '/async-function/rotate-fn?angle=90', body: await smallPhoto() }),
  },
  {
    name: '16 clients that start jobs',
    small: pipeline,
    begin: async (target) => repeat(target, 16, await heavy('/function/pipeline-fn/jobs?steps=denoise:mode=nlm')),
  },
  {
    name: '500 headers that never end',
    small: turn,
    begin: (target) => hold(target, { count: 500, head: 'POST / HTTP/1.1\r\nHost: 127.0.0.1\r\nX-A: ' }),
  },
  {
    name: '24 answers that nobody reads',
    small: turn,
    begin: async (target) => {
      const body = await noise(1_500);
      const headers = { 'Content-Type': 'image/png', 'Content-Length': body.length };
      const head = Buffer.concat([Buffer.from(headOf('/function/rotate-fn?angle=90', headers)), body]);
      return hold(target, { count: 24, head, deaf: true });
    },
  },
  { name: 'JSON of 10 million objects', small: turn, begin: (target) => repeat(target, 1, jsonOf('{}')) },
  { name: 'JSON of 10 million lists', small: turn, begin: (target) => repeat(target, 1, jsonOf('[]')) },
];

/** Calls one after the other while an attack goes on. @returns the first status other than 200 */
async function severalCalls(small: Call, target: Target): Promise<string> {
  for (let count = 0; count < SHORT; count++) {
    const status = await small(target);
    if (status !== '200') return status;
  }
  return 'served';
}

/** A constant rate of calls, each measured from when it was due. */
async function p99Of(small: Call, target: Target): Promise<string> {
  const { seconds, rate } = WHOLE;
  const started = performance.now();
  const times: number[] = [];
  const failed: string[] = [];
  const one = async (due: number): Promise<void> => {
    await sleep(Math.max(0, due - performance.now()));
    const status = await small(target);
    if (status === '200') times.push(performance.now() - due);
    else failed.push(status);
  };
  await Promise.all(Array.from({ length: seconds * rate }, (_, count) => one(started + (count * 1000) / rate)));
  const p99 = quantile(
    times.sort((a, b) => a - b),
    0.99,
  );
  console.log(`    p50 ${Math.round(quantile(times, 0.5))} ms, p99 ${Math.round(p99)} ms`);
  if (failed.length > 0) return `${failed.length} of ${seconds * rate} not served: ${failed[0]}`;
  return p99 < BAR_MS ? 'served' : `p99 ${Math.round(p99)} ms`;
}

/** @param length `short`: a few calls must be answered; `whole`: with a p99 under a second */
export function crowding(length: 'short' | 'whole'): Probe[] {
  const look = length === 'short' ? severalCalls : p99Of;
  return (length === 'short' ? ATTACKS : [...COMPARISON, ...ATTACKS]).map(({ name, small, begin }) => ({
    name,
    expected: 'served',
    run: async (target) => {
      // Started before the attack, like any function in use.
      await small(target);
      const crowd = await begin(target);
      try {
        return await look(small, target);
      } finally {
        await crowd.end();
      }
    },
  }));
}
