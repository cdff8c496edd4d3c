import { Problem } from '#platform/problems';

/** Runs work, at most so much at once; see {@link createLimiter}. */
export type Limiter = <T>(work: () => Promise<T>, signal?: AbortSignal) => Promise<T>;

/** A number of something (places, bytes) that is given out and given back. */
export interface Semaphore {
  readonly total: number;
  /**
   * Takes so many, once they are free and nobody who came before waits; what wants more than there are gets all.
   * @returns gives them back; calling it again does nothing
   * @throws Problem `busy` with `Retry-After` when too many wait already; an `AbortError` when the caller leaves the line
   */
  take(count: number, signal?: AbortSignal): Promise<() => void>;
  /** Counts what is there already, even where it is more than is free. @returns as `take` */
  charge(count: number): () => void;
}

interface Waiting {
  count: number;
  go: () => void;
}

/** Gives out in the order asked: who wants many is not passed by who wants few. @param waiting how many may wait */
export function createSemaphore(total: number, waiting: number): Semaphore {
  const queue: Waiting[] = [];
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
    total,
    take: async (wanted, signal) => {
      const count = Math.min(wanted, total);
      if (queue.length > 0 || taken + count > total) {
        if (queue.length >= waiting) throw busy();
        await turn(queue, count, signal, next);
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
 * Bounds how many pieces of work run and how many wait. They go in the order they came.
 * @throws (from the limiter) as {@link Semaphore.take} does
 */
export function createLimiter({ running, waiting }: { running: number; waiting: number }): Limiter {
  const places = createSemaphore(running, waiting);
  return async (work, signal) => {
    const giveBack = await places.take(1, signal);
    try {
      return await work();
    } finally {
      giveBack();
    }
  };
}

/** Waits in line, until what is wanted was taken in its name; leaves it when the caller does. */
function turn(queue: Waiting[], count: number, signal: AbortSignal | undefined, next: () => void): Promise<void> {
  return new Promise((resolve, reject) => {
    const leave = (): void => {
      const place = queue.indexOf(me);
      if (place >= 0) queue.splice(place, 1);
      reject(new DOMException('The caller left.', 'AbortError'));
      // Who stood behind one that wanted many may fit.
      next();
    };
    const me: Waiting = {
      count,
      go: () => {
        signal?.removeEventListener('abort', leave);
        resolve();
      },
    };
    if (signal?.aborted) return leave();
    signal?.addEventListener('abort', leave, { once: true });
    queue.push(me);
  });
}

function busy(): Problem {
  return new Problem('busy', 'Too many requests at once; try again in a moment.', { headers: { 'retry-after': '1' } });
}
