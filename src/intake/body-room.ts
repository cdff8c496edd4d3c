import type { Readable } from 'node:stream';
import type { FunctionEvent } from '#handler';
import { bodyBudget, smallBodyBudget } from '#platform/memory';
import { Problem } from '#platform/problems';
import { ceilingOf } from './body.ts';
import type { Limits } from './limits.ts';

/** Whose leaving or being answered ends what is held for a request. */
export interface Caller {
  signal: AbortSignal;
  finished?: Promise<void> | undefined;
}

/** Bodies of so many bytes have room of their own: they never wait for large ones. */
const SMALL = 256 * 1024;
/** While others wait for room, a body has so long: 2 s, and what it takes at 1 MiB a second. */
const LEAST_MS = 2_000;
const BYTES_PER_MS = 1_048.576;
const LOOK_MS = 500;

interface Reading {
  /** By `performance.now()`. */
  due: number;
  body: Readable;
}
const reading = new Set<Reading>();

/**
 * Reads a body for which there is room in memory: waits for it, and holds it until the request is answered.
 * @throws Problem `busy` when too many wait, or when the body comes too slowly while others do
 */
export async function inRoom<T>(event: FunctionEvent<Readable>, limits: Limits, read: () => Promise<T>): Promise<T> {
  const bytes = expectedBytes(event.headers, limits);
  const giveBack = await setAside(bytes, event);
  const me = { due: performance.now() + LEAST_MS + bytes / BYTES_PER_MS, body: event.body };
  reading.add(me);
  try {
    return await read();
  } finally {
    reading.delete(me);
    whenOver(event, giveBack);
  }
}

/**
 * Reads what a request brings in from elsewhere; it is held until the request is answered.
 * @param most bytes that it may turn out to have
 * @throws as {@link inRoom}
 */
export async function held(most: number, caller: Caller, read: () => Promise<Buffer>): Promise<Buffer> {
  const giveBack = await setAside(most, caller);
  try {
    const bytes = await read();
    whenOver(caller, bodyBudget.charge(bytes.length));
    return bytes;
  } finally {
    giveBack();
  }
}

function whenOver({ finished }: Caller, giveBack: () => void): void {
  if (finished) void finished.then(giveBack);
  else giveBack();
}

async function setAside(bytes: number, { signal }: Caller): Promise<() => void> {
  if (bytes <= SMALL) return smallBodyBudget.take(bytes, signal);
  const look = setInterval(refuseSlow, LOOK_MS);
  try {
    return await bodyBudget.take(bytes, signal);
  } finally {
    clearInterval(look);
  }
}

function refuseSlow(): void {
  const now = performance.now();
  for (const { body } of [...reading].filter(({ due }) => due < now)) {
    const detail = 'The body came too slowly while others waited for its room; send it again.';
    body.destroy(new Problem('busy', detail, { headers: { 'retry-after': '5' } }));
  }
}

/** What a body takes, in bytes: as it came, and where it is no plain picture, as it is taken out of its text. */
function expectedBytes({ 'content-length': length, ...headers }: FunctionEvent['headers'], limits: Limits): number {
  const most = ceilingOf(limits.maxBytes);
  const unknown = headers['transfer-encoding'] !== undefined || headers['content-encoding'] !== undefined;
  const sent = unknown ? most : Math.min(Number(length ?? 0), most);
  return Math.ceil(/^image\//i.test(headers['content-type'] ?? '') ? sent : sent * 1.75);
}
