import { Problem } from '#contract/problems';

/** Runs work, at most so much at once; see {@link createLimiter}. @param late as of {@link Semaphore.take} */
export type Limiter = <T>(work: () => Promise<T>, signal?: AbortSignal, late?: number) => Promise<T>;

/** A number of something (places, bytes) that is given out and given back. */
export interface Semaphore {
  readonly total: number;
  /**
   * Takes so many, once they are free and nobody who came before waits; what wants more than there are gets all.
   * @param late milliseconds: those who come within them and are not late go first
   * @returns gives them back; calling it again does nothing
   * @throws Problem `busy` with `Retry-After` when too many wait already; an `AbortError` when
   * the caller leaves the line
   */
  take(count: number, signal?: AbortSignal, late?: number): Promise<() => void>;
  /** Counts what is there already, even where it is more than is free. @returns as `take` */
  charge(count: number): () => void;
  /** Takes so many for good, at most three quarters: from now on there are fewer. */
  reserve(count: number): void;
}

interface Waiting {
  count: number;
  late: boolean;
  /** By `performance.now()`: who is due first goes first. */
  due: number;
  go: () => void;
}

/**
 * Gives out in the order asked, but for who is late: who wants many is not passed by who wants few.
 * @param waiting how many may wait, of those who are late and of the others
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
 * Bounds how many pieces of work run and how many wait. They go in the order they came, but for what is late.
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

/** Waits in line, until what is wanted was taken in its name; leaves it when the caller does. */
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
      // Who stood behind one that wanted many may fit.
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
    // Who is let in before others may fit where the first of them did not.
    if (queue[0] === me) next();
  });
}

function busy(): Problem {
  return new Problem('busy', 'Too many requests at once; try again in a moment.', { headers: { 'retry-after': '1' } });
}
