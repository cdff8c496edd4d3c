/** Reports when something has not been used for a while. */
export class Idleness {
  private readonly after: number | undefined;
  private readonly busy: () => boolean;
  private readonly onIdle: () => void;
  private lastUsed = 0;
  private timer: NodeJS.Timeout | undefined;

  /**
   * @param after milliseconds; undefined: never
   * @param busy whether it is in use at this moment
   */
  constructor(after: number | undefined, { busy, onIdle }: { busy: () => boolean; onIdle: () => void }) {
    this.after = after;
    this.busy = busy;
    this.onIdle = onIdle;
  }

  used(): void {
    this.lastUsed = performance.now();
  }

  /** Starts the timer; fires once. */
  watch(): void {
    this.used();
    if (this.after !== undefined) this.wait(this.after, this.after);
  }

  stop(): void {
    clearTimeout(this.timer);
  }

  private wait(ms: number, after: number): void {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => {
      const left = this.busy() ? after : after - (performance.now() - this.lastUsed);
      if (left > 0) this.wait(left, after);
      else this.onIdle();
    }, ms);
    this.timer.unref();
  }
}
