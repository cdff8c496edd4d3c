import type { Readable } from 'node:stream';
import type { FunctionEvent } from '#handler';
import { bodyBudget, uploads } from '#process/memory';
import type { Place } from '#process/places';
import { ceilingOf } from './body.ts';
import type { Limits } from './limits.ts';

/** The end of this request, by its answer or its caller leaving, releases what it holds. */
export interface Caller {
  signal: AbortSignal;
  finished?: Promise<void> | undefined;
  /** Set if the request took a place before its body was read. */
  place?: Place | undefined;
}

/** Milliseconds after which an incomplete body gives up its place: slow senders must not block others. */
const SLOW_MS = 500;

/**
 * Reads a body within the memory budget: waits for memory, and holds it until the request is answered.
 * @throws Problem `busy` when too many wait, or when the body comes too slowly while others do
 */
export async function withinBudget<T>(
  event: FunctionEvent<Readable> & Caller,
  limits: Limits,
  read: () => Promise<T>,
): Promise<T> {
  const { place } = event;
  const slow = place && setTimeout(place.pause, SLOW_MS);
  try {
    return await admitted(event, limits, read);
  } finally {
    clearTimeout(slow);
    place?.resume();
  }
}

async function admitted<T>(event: FunctionEvent<Readable>, limits: Limits, read: () => Promise<T>): Promise<T> {
  const bytes = expectedBytes(event.headers, limits);
  const upload = await uploads.admit(bytes, event.signal, (problem) => event.body.destroy(problem));
  try {
    return await read();
  } finally {
    upload.complete();
    whenOver(event, upload.giveBack);
  }
}

/**
 * Reads data that a request fetches from elsewhere; its memory is held until the request is answered.
 * @param most maximum size in bytes
 * @throws as {@link withinBudget}
 */
export async function held(most: number, caller: Caller, read: () => Promise<Buffer>): Promise<Buffer> {
  const giveBack = await uploads.take(most, caller.signal);
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

/** The memory for a body, in bytes: as sent and, unless it is a bare picture, once more as extracted from its text. */
function expectedBytes({ 'content-length': length, ...headers }: FunctionEvent['headers'], limits: Limits): number {
  const most = ceilingOf(limits.maxBytes);
  const unknown = headers['transfer-encoding'] !== undefined || headers['content-encoding'] !== undefined;
  const sent = unknown ? most : Math.min(Number(length ?? 0), most);
  return Math.ceil(/^image\//i.test(headers['content-type'] ?? '') ? sent : sent * 1.75);
}
