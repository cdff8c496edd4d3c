/** A token bucket: starts full and refills at a constant rate. */
export interface TokenBucketOptions {
  /** Its capacity: the largest burst. */
  capacity: number;
  perMinute: number;
}

/** A rate limiter. */
export class TokenBucket {
  #tokens: number;
  #at: number;
  readonly #options: TokenBucketOptions;
  readonly #clock: () => number;

  /** @param clock monotonic milliseconds */
  constructor(options: TokenBucketOptions, clock: () => number = () => performance.now()) {
    this.#options = options;
    this.#clock = clock;
    this.#tokens = options.capacity;
    this.#at = clock();
  }

  /** Takes a token. @returns 0, or the whole seconds until there is one */
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
