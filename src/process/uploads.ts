import { Problem } from '#contract/problems';
import type { Semaphore } from './limiter.ts';

/** Bodies up to this size have a budget of their own, so that they never wait for a large one. */
export const SMALL_BYTES = 256 * 1024;
/** Least time for a body while others wait, in milliseconds, in addition to its time at 1 MiB/s. */
const LEAST_MS = { large: 2_000, small: 500 };
const BYTES_PER_MS = 1_048.576;
const LOOK_MS = 100;

interface Reading {
  /** Deadline, by `performance.now()`. */
  due: number;
  refuse: (problem: Problem) => void;
}

/** An admitted body. */
export interface Upload {
  /** The body has arrived and can no longer be too slow. */
  complete(): void;
  /** Releases its memory. */
  giveBack(): void;
}

/**
 * Admits request bodies. Each waits for memory before it is read, and is refused if it arrives slowly while others
 * wait.
 */
export class Uploads {
  private readonly reading = new Set<Reading>();

  /** @param budgets bytes for all large and for all small bodies */
  constructor(private readonly budgets: { large: Semaphore; small: Semaphore }) {}

  /** The largest body that can ever be admitted, in bytes. */
  get most(): number {
    return this.budgets.large.total;
  }

  /**
   * Waits until there is memory for a body.
   * @param bytes its most bytes
   * @param refuse stops reading it
   * @throws Problem `busy` when too many wait; an `AbortError` when the caller leaves
   */
  async admit(bytes: number, signal: AbortSignal, refuse: (problem: Problem) => void): Promise<Upload> {
    const giveBack = await this.take(bytes, signal);
    const least = bytes <= SMALL_BYTES ? LEAST_MS.small : LEAST_MS.large;
    const me = { due: performance.now() + least + bytes / BYTES_PER_MS, refuse };
    this.reading.add(me);
    return { complete: () => this.reading.delete(me), giveBack };
  }

  /** Only reserves memory, for data that the server reads at its own speed. @throws as {@link admit} */
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
