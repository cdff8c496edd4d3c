/** A token bucket: starts full, and refills evenly. */
export interface TokenBucketOptions {
  /** The most tokens that it holds: the largest burst. */
  capacity: number;
  perMinute: number;
}

/** Limits how often something happens. */
export class TokenBucket {
  #tokens: number;
  #at: number;
  readonly #options: TokenBucketOptions;
  readonly #clock: () => number;

  /** @param clock milliseconds that never go back */
  constructor(options: TokenBucketOptions, clock: () => number = () => performance.now()) {
    this.#options = options;
    this.#clock = clock;
    this.#tokens = options.capacity;
    this.#at = clock();
  }

  /** Takes a token. @returns 0; where there is none, the whole seconds until there is one */
  take(): number {
    const { capacity, perMinute } = this.#options;
    const now = this.#clock();
    this.#tokens = Math.min(capacity, this.#tokens + ((now - this.#at) / 60_000) * perMinute);
    this.#at = now;
    if (this.#tokens < 1) return Math.ceil(((1 - this.#tokens) * 60) / perMinute);
    this.#tokens -= 1;
    return 0;
  }
}
