import { Problem } from '#contract/problems';
import type { Semaphore } from './limiter.ts';

/** What has so few bytes has a budget of its own: it never waits for something large. */
export const SMALL_BYTES = 256 * 1024;
/** While others wait for room, a body has so long, and besides what it takes at 1 MiB a second; ms. */
const LEAST_MS = { large: 2_000, small: 500 };
const BYTES_PER_MS = 1_048.576;
const LOOK_MS = 100;

interface Reading {
  /** By `performance.now()`. */
  due: number;
  refuse: (problem: Problem) => void;
}

/** A body that was admitted. */
export interface Upload {
  /** It is there: from now on it cannot be too slow. */
  complete(): void;
  /** It is not held any more. */
  giveBack(): void;
}

/**
 * Bodies that arrive: each waits for its room before it is read, and is ended when it comes slowly while others wait.
 */
export class Uploads {
  private readonly reading = new Set<Reading>();

  /** @param budgets bytes of all bodies that are held, and of all small ones */
  constructor(private readonly budgets: { large: Semaphore; small: Semaphore }) {}

  /** The bytes of a body for which there can be room. */
  get most(): number {
    return this.budgets.large.total;
  }

  /**
   * Waits until there is room for a body.
   * @param bytes that it takes at most
   * @param refuse ends its reading
   * @throws Problem `busy` when too many wait; an `AbortError` when the caller leaves
   */
  async admit(bytes: number, signal: AbortSignal, refuse: (problem: Problem) => void): Promise<Upload> {
    const giveBack = await this.take(bytes, signal);
    const least = bytes <= SMALL_BYTES ? LEAST_MS.small : LEAST_MS.large;
    const me = { due: performance.now() + least + bytes / BYTES_PER_MS, refuse };
    this.reading.add(me);
    return { complete: () => this.reading.delete(me), giveBack };
  }

  /** Room alone, for what is read at the server's own speed. @throws as {@link admit} */
  async take(bytes: number, signal: AbortSignal): Promise<() => void> {
    const look = setInterval(() => this.refuseSlow(), LOOK_MS);
    try {
      return await (bytes <= SMALL_BYTES ? this.budgets.small : this.budgets.large).take(bytes, signal);
    } finally {
      clearInterval(look);
    }
  }

  private refuseSlow(): void {
    const now = performance.now();
    for (const reading of [...this.reading].filter(({ due }) => due < now)) {
      const detail = 'The body came too slowly while others waited for its room; send it again.';
      reading.refuse(new Problem('busy', detail, { headers: { 'retry-after': '5' } }));
      this.reading.delete(reading);
    }
  }
}
