import { createLimiter } from './limiter.ts';
import { piecesAtOnce, SMALL_WORK, workBudget } from './memory.ts';

/** For so long large work lets later work pass, in milliseconds: a few large pictures do not hold up a small one. */
const LATE = { perMebibyte: 100, most: 10_000 };

/** Runs work when there are a process and memory for it. */
export type WorkQueue = <T>(bytes: number, work: () => Promise<T>, signal?: AbortSignal) => Promise<T>;

/**
 * The queue of all work of a function: as many pieces at once as there are processors, within the memory of the
 * process. Small work has one more place and memory of its own, so it never waits for large work, however long that
 * takes and whoever does not read its result.
 * @param waiting most small and most large pieces in the queue
 * @returns runs work that holds `bytes` at its peak, at most `workBudget.total`. @throws (it) Problem `busy`; an
 *   `AbortError` when the caller leaves
 */
export function createWorkQueue(waiting = 128): WorkQueue {
  const limited = createLimiter({ running: piecesAtOnce(), waiting, spare: 1 });
  return (bytes, work, signal) => {
    const late = lateBy(bytes);
    const withMemory = async () => {
      const giveBack = await workBudget.take(bytes, signal, late);
      try {
        return await work();
      } finally {
        giveBack();
      }
    };
    return limited(withMemory, signal, late);
  };
}

function lateBy(bytes: number): number {
  return Math.min(LATE.most, (Math.max(0, bytes - SMALL_WORK) / 1024 / 1024) * LATE.perMebibyte);
}
