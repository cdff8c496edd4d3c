import { Problem } from '#platform/problems';

/**
 * Runs work, at most so much at once; see {@link createLimiter}.
 * @param slots how much of what may run at once it takes: 1 for ordinary work
 */
export type Limiter = <T>(work: () => Promise<T>, signal?: AbortSignal, slots?: number) => Promise<T>;

interface Waiting {
  slots: number;
  go: () => void;
}

/**
 * Bounds how many pieces of work run and how many wait. They go in the order they came: a large piece is not passed
 * by small ones.
 * @throws (from the limiter) Problem `busy` with `Retry-After` when `waiting` pieces wait already; an `AbortError`
 *   when the caller leaves the line
 */
export function createLimiter({ running, waiting }: { running: number; waiting: number }): Limiter {
  const queue: Waiting[] = [];
  let taken = 0;

  const next = (): void => {
    for (let first = queue[0]; first && taken + first.slots <= running; first = queue[0]) {
      queue.shift();
      taken += first.slots;
      first.go();
    }
  };

  return async (work, signal, wanted = 1) => {
    const slots = Math.min(wanted, running);
    if (queue.length > 0 || taken + slots > running) {
      if (queue.length >= waiting) throw busy();
      await turn(queue, slots, signal, next);
    } else taken += slots;
    try {
      return await work();
    } finally {
      taken -= slots;
      next();
    }
  };
}

/** Waits in line, until the slots are taken in its name; leaves it when the caller does. */
function turn(queue: Waiting[], slots: number, signal: AbortSignal | undefined, next: () => void): Promise<void> {
  return new Promise((resolve, reject) => {
    const leave = (): void => {
      const place = queue.indexOf(me);
      if (place >= 0) queue.splice(place, 1);
      reject(new DOMException('The caller left.', 'AbortError'));
      // Who stood behind a large piece may fit.
      next();
    };
    const me: Waiting = {
      slots,
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
