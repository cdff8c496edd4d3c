import { Problem } from '#platform/problems';

/** Runs work, at most so much at once; see {@link createLimiter}. */
export type Limiter = <T>(work: () => Promise<T>, signal?: AbortSignal) => Promise<T>;

/**
 * Bounds how many pieces of work run and how many wait.
 * @throws (from the limiter) Problem `busy` with `Retry-After` when `waiting` pieces wait already; an `AbortError`
 *   when the caller leaves the line
 */
export function createLimiter({ running, waiting }: { running: number; waiting: number }): Limiter {
  const queue: (() => void)[] = [];
  let active = 0;

  const next = (): void => {
    active -= 1;
    queue.shift()?.();
  };

  return async (work, signal) => {
    if (active >= running) {
      if (queue.length >= waiting) throw busy();
      await turn(queue, signal);
    }
    active += 1;
    try {
      return await work();
    } finally {
      next();
    }
  };
}

/** Waits in line; leaves it when the caller does. */
function turn(queue: (() => void)[], signal?: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const leave = (): void => {
      const place = queue.indexOf(go);
      if (place >= 0) queue.splice(place, 1);
      reject(new DOMException('The caller left.', 'AbortError'));
    };
    const go = (): void => {
      signal?.removeEventListener('abort', leave);
      resolve();
    };
    if (signal?.aborted) return leave();
    signal?.addEventListener('abort', leave, { once: true });
    queue.push(go);
  });
}

function busy(): Problem {
  return new Problem('busy', 'Too many requests at once; try again in a moment.', { headers: { 'retry-after': '1' } });
}
