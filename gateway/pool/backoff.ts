import { exponentialBackoff } from '#kit/backoff';

const FIRST_MS = 500;
const LAST_MS = 30_000;
/** A process that lived this long was healthy; its end is unrelated to earlier ones. */
const HEALTHY_MS = 10_000;
/** Consecutive crashes that are followed by an immediate restart. */
const FORGIVEN_CRASHES = 2;

/** Decides how long to wait before restarting a function whose processes keep exiting. */
export class Backoff {
  private failures = 0;
  private until = 0;

  /** Milliseconds until the next start is allowed; 0: now. */
  get remaining(): number {
    return Math.max(0, this.until - performance.now());
  }

  /** A process never became ready: waits 0.5 s, then twice as long each time, at most 30 s. */
  startFailed(): void {
    this.failures++;
    this.wait(this.failures);
  }

  /** A process exited unexpectedly after `uptime` milliseconds of service. */
  crashed(uptime: number): void {
    this.failures = uptime >= HEALTHY_MS ? 0 : this.failures + 1;
    if (this.failures > FORGIVEN_CRASHES) this.wait(this.failures - FORGIVEN_CRASHES);
  }

  private wait(step: number): void {
    this.until = performance.now() + exponentialBackoff(step, { first: FIRST_MS, longest: LAST_MS });
  }
}
