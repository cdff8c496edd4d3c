import { exponentialBackoff } from '#kit/backoff';

/** Consecutive attempts without an answer that open a receiver's circuit. */
const FAILURES = 5;
const FIRST_PAUSE_MS = 2_000;
const LONGEST_PAUSE_MS = 60_000;
/** Most receivers to remember; callers choose their names. */
const MAX_RECEIVERS = 1_000;

interface Circuit {
  failures: number;
  /** When the next attempt is allowed, by the breaker's clock. */
  until: number;
  /** The attempt after a pause is under way. */
  probing: boolean;
}

/**
 * A circuit breaker for each receiver: one that does not answer is paused for times that double, up to a minute, and
 * each pause ends with a single attempt. Only a missing answer counts: an error shows that the receiver is there, and
 * one sender's bad addresses must not block it for others.
 */
export class Breaker {
  private readonly circuits = new Map<string, Circuit>();
  private readonly now: () => number;

  /** @param now monotonic milliseconds */
  constructor(now: () => number = () => performance.now()) {
    this.now = now;
  }

  /**
   * Whether a receiver may be called. After a pause, only the first caller may, and the others wait for its outcome.
   * @returns 0, or milliseconds until the next check
   */
  enter(receiver: string): number {
    const circuit = this.circuits.get(receiver);
    if (!circuit || circuit.failures < FAILURES) return 0;
    const left = circuit.until - this.now();
    if (left > 0) return left;
    circuit.until = this.now() + pauseAfter(circuit.failures);
    circuit.probing = true;
    return 0;
  }

  /** It answered, in whatever way. */
  answered(receiver: string): void {
    this.circuits.delete(receiver);
  }

  /** It was unreachable, or did not answer in time. */
  silent(receiver: string): void {
    const circuit = this.circuits.get(receiver);
    // An attempt that was under way when the circuit opened says nothing new: only that after a pause doubles it.
    if (circuit && circuit.failures >= FAILURES && !circuit.probing) return;
    const failures = (circuit?.failures ?? 0) + 1;
    // The least recently used is forgotten first.
    this.circuits.delete(receiver);
    this.circuits.set(receiver, { failures, until: this.now() + pauseAfter(failures), probing: false });
    const [oldest] = this.circuits.keys();
    if (this.circuits.size > MAX_RECEIVERS && oldest !== undefined) this.circuits.delete(oldest);
  }
}

function pauseAfter(failures: number): number {
  const pauses = { first: FIRST_PAUSE_MS, longest: LONGEST_PAUSE_MS };
  return exponentialBackoff(Math.max(1, failures - FAILURES + 1), pauses);
}
