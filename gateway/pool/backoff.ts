import { exponentialBackoff } from '#kit/backoff';

const FIRST_MS = 500;
const LAST_MS = 30_000;
/** A process that lived this long was well; what ends it is a new story. */
const HEALTHY_MS = 10_000;
/** Requests may kill a process this often before it is taken for sick. */
const FORGIVEN_CRASHES = 2;

/** Decides how long to leave a function alone whose processes keep ending. */
export class Backoff {
  private failures = 0;
  private until = 0;

  /** Milliseconds until the next start is allowed; 0 is now. */
  get remaining(): number {
    return Math.max(0, this.until - performance.now());
  }

  /** A process never became ready: waits 0.5 s, then twice as long each time, at most 30 s. */
  startFailed(): void {
    this.failures++;
    this.wait(this.failures);
  }

  /** A process ended by itself after `uptime` milliseconds of service. */
  crashed(uptime: number): void {
    this.failures = uptime >= HEALTHY_MS ? 0 : this.failures + 1;
    if (this.failures > FORGIVEN_CRASHES) this.wait(this.failures - FORGIVEN_CRASHES);
  }

  private wait(step: number): void {
    this.until = performance.now() + exponentialBackoff(step, { first: FIRST_MS, longest: LAST_MS });
  }
}
