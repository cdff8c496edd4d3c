interface Waiter {
  resolve: () => void;
  reject: (reason: unknown) => void;
}

/** Callers that wait for the same event; each may leave. */
export class Waiters {
  private readonly all = new Set<Waiter>();

  get size(): number {
    return this.all.size;
  }

  /** Resolves at the next `wake`. @throws what `fail` is given, or the signal's reason */
  wait(signal: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      const leave = () => {
        this.all.delete(waiter);
        reject(signal.reason);
      };
      const settle = (end: () => void) => {
        signal.removeEventListener('abort', leave);
        end();
      };
      const waiter = { resolve: () => settle(resolve), reject: (reason: unknown) => settle(() => reject(reason)) };
      this.all.add(waiter);
      signal.addEventListener('abort', leave, { once: true });
    });
  }

  wake(): void {
    for (const waiter of this.take()) waiter.resolve();
  }

  fail(reason: unknown): void {
    for (const waiter of this.take()) waiter.reject(reason);
  }

  private take(): Waiter[] {
    const waiters = [...this.all];
    this.all.clear();
    return waiters;
  }
}
