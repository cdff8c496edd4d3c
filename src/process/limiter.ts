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

interface Rank {
  count: number;
  late: boolean;
}

interface Waiting extends Rank {
  /** By `performance.now()`; the earliest goes first. */
  due: number;
  go: (giveBack: () => void) => void;
}

/**
 * Grants units in order of arrival, except for late callers. A request for many units is not overtaken by smaller
 * ones, but callers that are not late never wait for late ones alone.
 * @param waiting most callers in the queue, counted separately for late and other callers
 * @param spare units beyond `total` for callers that are not late: while those hold fewer, the next of them gets its
 *   units although late callers hold all others
 */
export function createSemaphore(total: number, waiting: number, spare = 0): Semaphore {
  return new Units(total, waiting, spare);
}

class Units implements Semaphore {
  readonly #queue: Waiting[] = [];
  #taken = 0;
  #takenPromptly = 0;
  readonly #least: number;

  constructor(
    public total: number,
    private readonly waiting: number,
    private readonly spare: number,
  ) {
    this.#least = Math.ceil(total / 4);
  }

  reserve(count: number): void {
    this.total = Math.max(this.#least, this.total - count);
  }

  async take(wanted: number, signal?: AbortSignal, late = 0): Promise<() => void> {
    const rank = { count: Math.min(wanted, this.total), late: late > 0, due: performance.now() + late };
    const alike = this.#queue.filter((other) => other.late === rank.late).length;
    const free = (this.#queue.length === 0 && this.#fits(rank)) || (alike === 0 && this.#fitsSpare(rank));
    if (free) return this.#grant(rank);
    if (alike >= this.waiting) throw busy();
    return turn(this.#queue, rank, signal, () => this.#next());
  }

  charge(count: number): () => void {
    return this.#grant({ count, late: true });
  }

  #fits({ count }: Rank): boolean {
    return this.#taken + count <= this.total;
  }

  #fitsSpare({ count, late }: Rank): boolean {
    return !late && this.#takenPromptly + count <= this.spare;
  }

  /** @returns gives them back */
  #grant({ count, late }: Rank): () => void {
    let left = count;
    const add = (units: number): void => {
      this.#taken += units;
      if (!late) this.#takenPromptly += units;
    };
    add(count);
    return () => {
      add(-left);
      left = 0;
      this.#next();
    };
  }

  #next(): void {
    for (let place = this.#nextPlace(); place >= 0; place = this.#nextPlace()) {
      const [one] = this.#queue.splice(place, 1) as [Waiting];
      one.go(this.#grant(one));
    }
  }

  /** Whose turn it is in the queue; -1 if nobody's. */
  #nextPlace(): number {
    const [first] = this.#queue;
    if (first && this.#fits(first)) return 0;
    const prompt = this.#queue.findIndex(({ late }) => !late);
    return prompt >= 0 && this.#fitsSpare(this.#queue[prompt] as Waiting) ? prompt : -1;
  }
}

/**
 * Limits concurrency: at most `running` tasks run, and at most `waiting` queue, in order of arrival except for late
 * ones.
 * @param limits `spare`: places beyond `running`, as in {@link createSemaphore}
 * @throws (from the limiter) as {@link Semaphore.take} does
 */
export function createLimiter(limits: { running: number; waiting: number; spare?: number }): Limiter {
  const places = createSemaphore(limits.running, limits.waiting, limits.spare);
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
): Promise<() => void> {
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
      go: (giveBack) => {
        signal?.removeEventListener('abort', leave);
        resolve(giveBack);
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
