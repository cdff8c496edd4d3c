import { Problem } from '#contract/problems';

/** Runs work with limited concurrency; see {@link createLimiter}. @param late as in {@link Semaphore.take} */
export type Limiter = <T>(work: () => Promise<T>, signal?: AbortSignal, late?: number) => Promise<T>;

/** A counting semaphore over units such as jobs or bytes. */
export interface Semaphore {
  readonly total: number;
  /**
   * Takes `count` units, in order of arrival; at most `total`.
   * @param late milliseconds by which this caller is delayed in the queue: callers that arrive within them and are not
   *   late go first
   * @returns releases the units; further calls do nothing
   * @throws Problem `busy` with `Retry-After` when too many wait; an `AbortError` when the caller leaves
   */
  take(count: number, signal?: AbortSignal, late?: number): Promise<() => void>;
  /** Takes units that are in use already, even if fewer are free. @returns as `take` */
  charge(count: number): () => void;
  /** Lowers `total` permanently, to no less than a quarter of the initial value. */
  reserve(count: number): void;
}

interface Waiting {
  count: number;
  late: boolean;
  /** By `performance.now()`; the earliest goes first. */
  due: number;
  go: () => void;
}

/**
 * Grants units in order of arrival, except for late callers. A request for many units is not overtaken by smaller
 * ones.
 * @param waiting most callers in the queue, counted separately for late and other callers
 */
export function createSemaphore(given: number, waiting: number): Semaphore {
  const queue: Waiting[] = [];
  let total = given;
  let taken = 0;

  const next = (): void => {
    for (let first = queue[0]; first && taken + first.count <= total; first = queue[0]) {
      queue.shift();
      taken += first.count;
      first.go();
    }
  };
  const giveBack = (count: number) => {
    let left = count;
    return () => {
      taken -= left;
      left = 0;
      next();
    };
  };

  return {
    get total() {
      return total;
    },
    reserve: (count) => {
      total = Math.max(Math.ceil(given / 4), total - count);
    },
    take: async (wanted, signal, late = 0) => {
      const count = Math.min(wanted, total);
      if (queue.length > 0 || taken + count > total) {
        const rank = { count, late: late > 0, due: performance.now() + late };
        if (queue.filter((other) => other.late === rank.late).length >= waiting) throw busy();
        await turn(queue, rank, signal, next);
      } else taken += count;
      return giveBack(count);
    },
    charge: (count) => {
      taken += count;
      return giveBack(count);
    },
  };
}

/**
 * Limits concurrency: at most `running` tasks run, and at most `waiting` queue, in order of arrival except for late
 * ones.
 * @throws (from the limiter) as {@link Semaphore.take} does
 */
export function createLimiter({ running, waiting }: { running: number; waiting: number }): Limiter {
  const places = createSemaphore(running, waiting);
  return async (work, signal, late) => {
    const giveBack = await places.take(1, signal, late);
    try {
      return await work();
    } finally {
      giveBack();
    }
  };
}

/** Waits in the queue until the units are granted, or the caller leaves. */
function turn(
  queue: Waiting[],
  rank: Omit<Waiting, 'go'>,
  signal: AbortSignal | undefined,
  next: () => void,
): Promise<void> {
  return new Promise((resolve, reject) => {
    const leave = (): void => {
      const place = queue.indexOf(me);
      if (place >= 0) queue.splice(place, 1);
      reject(new DOMException('The caller left.', 'AbortError'));
      // A smaller request behind it may fit now.
      next();
    };
    const me: Waiting = {
      ...rank,
      go: () => {
        signal?.removeEventListener('abort', leave);
        resolve();
      },
    };
    if (signal?.aborted) return leave();
    signal?.addEventListener('abort', leave, { once: true });
    queue.splice(queue.findLastIndex(({ due }) => due <= me.due) + 1, 0, me);
    // A request that is now first may fit where the previous first did not.
    if (queue[0] === me) next();
  });
}

function busy(): Problem {
  return new Problem('busy', 'Too many requests at once; try again in a moment.', { headers: { 'retry-after': '1' } });
}
