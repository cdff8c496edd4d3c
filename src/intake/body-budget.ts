import type { Readable } from 'node:stream';
import type { FunctionEvent } from '#handler';
import { bodyBudget, uploads } from '#process/memory';
import { ceilingOf } from './body.ts';
import type { Limits } from './limits.ts';

/** Whose leaving or being answered ends what is held for a request. */
export interface Caller {
  signal: AbortSignal;
  finished?: Promise<void> | undefined;
}

/**
 * Reads a body for which there is room in memory: waits for it, and holds it until the request is answered.
 * @throws Problem `busy` when too many wait, or when the body comes too slowly while others do
 */
export async function withinBudget<T>(
  event: FunctionEvent<Readable>,
  limits: Limits,
  read: () => Promise<T>,
): Promise<T> {
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
 * Reads what a request brings in from elsewhere; it is held until the request is answered.
 * @param most bytes that it may turn out to have
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

/** What a body takes, in bytes: as it came, and where it is no plain picture, as it is taken out of its text. */
function expectedBytes({ 'content-length': length, ...headers }: FunctionEvent['headers'], limits: Limits): number {
  const most = ceilingOf(limits.maxBytes);
  const unknown = headers['transfer-encoding'] !== undefined || headers['content-encoding'] !== undefined;
  const sent = unknown ? most : Math.min(Number(length ?? 0), most);
  return Math.ceil(/^image\//i.test(headers['content-type'] ?? '') ? sent : sent * 1.75);
}
