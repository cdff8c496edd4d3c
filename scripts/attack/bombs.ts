import { setTimeout as sleep } from 'node:timers/promises';
import sharp from 'sharp';
import { TIMES } from '#config/times';
import { quantile } from '../stress/tally.ts';
import {
  deepPng,
  drawing,
  largeAvif,
  largePhoto,
  manyChunks,
  manyEntries,
  manyFrames,
  manyReferences,
  manyScans,
  mediumPhoto,
} from './bomb-files.ts';
import { hasUsed, untilIdle } from './load.ts';
import { type Probe, statusOf, type Target } from './probe.ts';

/* Pictures that are made to keep a processor busy (docs/security.md). */

interface Bomb {
  name: string;
  path: string;
  make(): Promise<Buffer>;
  /** Milliseconds within which it must be answered. */
  deadline: number;
}

/** Tolerance for an answer after its deadline, ms. */
const LATE_MS = 1_000;
/** 99 of 100 small calls of another client must be answered within this time, ms. */
const VICTIM_MS = 500;
/** The processors must be idle this soon after the caller has left, ms. */
const IDLE_MS = 2_000;
/** Time limit of every wait, seconds. */
const PATIENCE_S = 60;
/** Processor time that shows that the work has begun, ms. */
const BEGUN_MS = 300;
/** Minimum duration of small calls, and their interval, ms. */
const LEAST_MS = 5_000;
const EVERY_MS = 200;
/** Number of small calls in a short run. */
const SHORT = 5;

const { work, header } = TIMES;
/** Bombs that are refused by their header, and cheap to make. */
const REFUSED: Bomb[] = [
  { name: 'PNG of 2.5 million chunks', path: 'rotate-fn?angle=90', make: manyChunks, deadline: header },
  {
    name: 'TIFF, 40 × 65,000 entries',
    path: 'rotate-fn?angle=90',
    make: () => manyEntries(40, 65_000),
    deadline: header,
  },
  {
    name: 'TIFF, 450 × 1,000 entries',
    path: 'clip-fn?labels=a,b',
    make: () => manyEntries(450, 1_000),
    deadline: header,
  },
  { name: 'AVIF of 4,000 references', path: 'pipeline-fn?steps=rotate:90', make: manyReferences, deadline: header },
  { name: 'WebP of 450 large frames', path: 'clip-fn?labels=a,b', make: manyFrames, deadline: work },
  { name: 'SVG with a filter', path: 'rotate-fn?angle=90', make: drawing, deadline: header },
];

/** The machine's own time: for a body that is refused at once. */
const nothing = async (): Promise<Buffer> => Buffer.from('nothing');
const COMPARISON: Bomb[] = [
  { name: 'nothing (turned)', path: 'rotate-fn?angle=90', make: nothing, deadline: header },
  { name: 'nothing (classified)', path: 'clip-fn?labels=a,b', make: nothing, deadline: header },
  { name: 'nothing (pipeline)', path: 'pipeline-fn?steps=rotate:90', make: nothing, deadline: header },
];

const BOMBS: Bomb[] = [
  { name: 'JPEG of 95 scans, turned', path: 'rotate-fn?angle=90', make: manyScans, deadline: work },
  { name: 'JPEG of 95 scans, classified', path: 'clip-fn?labels=a,b', make: manyScans, deadline: work },
  { name: 'PNG of 392 MB, turned by 33°', path: 'rotate-fn?angle=33', make: deepPng, deadline: work },
  { name: 'PNG of 392 MB, classified', path: 'clip-fn?labels=a,b', make: deepPng, deadline: work },
  { name: 'AVIF of 24 Mpx, classified', path: 'clip-fn?labels=a,b', make: largeAvif, deadline: work },
  { name: 'JPEG of 12 Mpx, to AVIF', path: 'rotate-fn?angle=90&format=avif', make: mediumPhoto, deadline: work },
  { name: 'JPEG of 24 Mpx, denoised', path: 'denoise-fn?mode=nlm', make: largePhoto, deadline: work },
];

const made = new Map<Bomb['make'], Promise<Buffer>>();
function bytesOf({ make }: Bomb): Promise<Buffer> {
  const bytes = made.get(make) ?? make();
  made.set(make, bytes);
  return bytes;
}

let sent = 0;
/** Makes each body unique, since answers are cached; decoders ignore what follows a picture. */
function another(bytes: Buffer): Buffer {
  sent += 1;
  return Buffer.concat([bytes, Buffer.alloc(sent)]);
}

const smallPicture = sharp({ create: { width: 64, height: 64, channels: 3, background: '#48c' } }).jpeg();
let small: Promise<Buffer> | undefined;
async function smallCall(target: Target, { path }: Bomb): Promise<string> {
  small ??= smallPicture.toBuffer();
  // A cheap call of the same function.
  const cheap = path.replace('mode=nlm', 'mode=median').replace('angle=33', 'angle=90');
  return statusOf(target, { method: 'POST', path: `/function/${cheap}`, body: another(await small) });
}

async function send(target: Target, bomb: Bomb, signal: AbortSignal): Promise<string> {
  return statusOf(
    target,
    { method: 'POST', path: `/function/${bomb.path}`, body: another(await bytesOf(bomb)) },
    signal,
  );
}

interface Figures {
  /** Of the bomb's answer. */
  status: string;
  answered: number;
  /** Of small calls beside it. */
  p50: number;
  p99: number;
  /** The outcome of those that failed. */
  failed: string[];
  /** Milliseconds until the processors are idle after the caller has left; `undefined` if it was answered before. */
  idle?: number | undefined;
}

/** Sends a bomb, repeatedly while others call, and small calls at the same time. */
async function beside(target: Target, bomb: Bomb): Promise<Figures> {
  const times: number[] = [];
  const failed: string[] = [];
  let over = false;
  const calls: Promise<void>[] = [];
  const one = async (due: number): Promise<void> => {
    const status = await smallCall(target, bomb);
    if (status === '200') times.push(performance.now() - due);
    else failed.push(status);
  };
  const calling = (async () => {
    while (!over) {
      calls.push(one(performance.now()));
      await sleep(EVERY_MS);
    }
  })();
  const answers: { status: string; took: number }[] = [];
  for (const began = performance.now(); answers.length === 0 || performance.now() - began < LEAST_MS; ) {
    const sent = performance.now();
    const status = await send(target, bomb, AbortSignal.timeout(PATIENCE_S * 1_000));
    answers.push({ status, took: performance.now() - sent });
    await sleep(EVERY_MS);
  }
  over = true;
  await calling;
  await Promise.all(calls);
  times.sort((a, b) => a - b);
  const first = answers[0];
  const answered = Math.max(...answers.map(({ took }) => took));
  return { status: first?.status ?? '', answered, p50: quantile(times, 0.5), p99: quantile(times, 0.99), failed };
}

/** Sends a bomb and disconnects as soon as work on it has begun. */
async function left(target: Target, bomb: Bomb): Promise<number | undefined> {
  if (target.pid === undefined) return undefined;
  const [caller, answered] = [new AbortController(), new AbortController()];
  const sending = send(target, bomb, caller.signal).then(() => answered.abort());
  const begun = await hasUsed(target.pid, BEGUN_MS, answered.signal);
  const before = answered.signal.aborted;
  caller.abort();
  await sending;
  if (before || !begun) return undefined;
  return (await untilIdle(target.pid, PATIENCE_S)) ?? PATIENCE_S * 1_000;
}

const seconds = (ms: number): string => `${(ms / 1_000).toFixed(1)} s`;

function verdict({ status, answered, p99, failed, idle = 0 }: Figures, { deadline }: Bomb): string {
  const wrong = [
    !/^[245]\d\d$/.test(status) && `got ${status}`,
    answered > deadline + LATE_MS && `answered after ${seconds(answered)}`,
    failed.length > 0 && `${failed.length} small calls got ${failed[0]}`,
    p99 > VICTIM_MS && `p99 ${Math.round(p99)} ms`,
    idle > IDLE_MS && `idle after ${seconds(idle)}`,
  ].filter((one) => one !== false);
  return wrong.length > 0 ? wrong.join(', ') : 'ended';
}

async function measured(target: Target, bomb: Bomb): Promise<string> {
  const figures = await beside(target, bomb);
  figures.idle = await left(target, bomb);
  const { status, answered, p50, p99, idle } = figures;
  const rest =
    idle === undefined ? 'answered before its caller could leave' : `idle ${seconds(idle)} after its caller left`;
  console.log(
    `    ${status} after ${seconds(answered)}; beside it p50 ${Math.round(p50)}, p99 ${Math.round(p99)} ms; ${rest}`,
  );
  return verdict(figures, bomb);
}

/** Sends a bomb; small calls must be served meanwhile. */
async function survived(target: Target, bomb: Bomb): Promise<string> {
  const caller = new AbortController();
  const sending = send(target, bomb, caller.signal);
  for (let count = 0; count < SHORT; count++) {
    const status = await smallCall(target, bomb);
    if (status !== '200') return `a small call got ${status}`;
  }
  caller.abort();
  await sending;
  return 'ended';
}

/** @param length `short`: a few small calls must be served; `whole`: within the time limits */
export function bombs(length: 'short' | 'whole'): Probe[] {
  return (length === 'short' ? REFUSED : [...COMPARISON, ...REFUSED, ...BOMBS]).map((bomb) => ({
    name: bomb.name,
    expected: 'ended',
    run: async (target) => {
      await bytesOf(bomb);
      // Started before the attack, like any function in use.
      await smallCall(target, bomb);
      return length === 'short' ? survived(target, bomb) : measured(target, bomb);
    },
  }));
}
