import { createLimiter } from './limiter.ts';
import { piecesAtOnce, smallWorkBytes, workBudget } from './memory.ts';

/** Work on at most so many pixels is small, if its memory is, too: it takes a second at most, whatever is done. */
const SMALL_PIXELS = 1_000_000;
/** Large work lets what arrives later pass, in milliseconds, so that a few large pictures do not hold up others. */
const LATE = { from: 16 * 1024 * 1024, perMebibyte: 100, least: 1, most: 10_000 };

/** What a piece of work takes. */
export interface WorkSize {
  /** Held at its peak; at most `workBudget.total`. */
  bytes: number;
  /** Of the picture that is worked on. */
  pixels: number;
}

/** Runs work when there are a process and memory for it. */
export type WorkQueue = <T>(size: WorkSize, work: () => Promise<T>, signal?: AbortSignal) => Promise<T>;

/**
 * The queue of all work of a function: as many pieces at once as there are processors, within the memory of the
 * process. Small work has one more place and memory of its own, so it never waits for large work, however long that
 * takes and whoever does not read its result.
 * @param waiting most small and most large pieces in the queue
 * @throws (from the queue) Problem `busy`; an `AbortError` when the caller leaves
 */
export function createWorkQueue(waiting = 128): WorkQueue {
  const limited = createLimiter({ running: piecesAtOnce(), waiting, spare: 1 });
  return (size, work, signal) => {
    const late = lateBy(size);
    const withMemory = async () => {
      const giveBack = await workBudget.take(size.bytes, signal, late);
      try {
        return await work();
      } finally {
        giveBack();
      }
    };
    return limited(withMemory, signal, late);
  };
}

function lateBy({ bytes, pixels }: WorkSize): number {
  if (pixels <= SMALL_PIXELS && bytes <= smallWorkBytes) return 0;
  const late = (Math.max(0, bytes - LATE.from) / 1024 / 1024) * LATE.perMebibyte;
  return Math.min(LATE.most, Math.max(LATE.least, late));
}
