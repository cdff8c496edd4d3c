import { exponentialBackoff } from '#kit/backoff';

/** So many tries in a row without an answer open a receiver's circuit. */
const FAILURES = 5;
const FIRST_PAUSE_MS = 2_000;
const LONGEST_PAUSE_MS = 60_000;
/** Receivers that are remembered at once; whoever sends calls chooses their names. */
const MAX_RECEIVERS = 1_000;

interface Circuit {
  failures: number;
  /** When the next try may be made, by the breaker's clock. */
  until: number;
}

/**
 * A circuit breaker for each receiver: one that does not answer is left alone for pauses that
 * double, up to a minute, and each pause ends with a single try. Only silence counts. A receiver that answers with an
 * error is there, and one sender's bad addresses must not close it for the others.
 */
export class Breaker {
  private readonly circuits = new Map<string, Circuit>();
  private readonly now: () => number;

  /** @param now milliseconds that never go back */
  constructor(now: () => number = () => performance.now()) {
    this.now = now;
  }

  /**
   * Asks whether a receiver may be tried. After a pause the first who asks may, and the others
   * wait for what becomes of it.
   * @returns 0, or milliseconds until it may be asked again
   */
  enter(receiver: string): number {
    const circuit = this.circuits.get(receiver);
    if (!circuit || circuit.failures < FAILURES) return 0;
    const left = circuit.until - this.now();
    if (left > 0) return left;
    circuit.until = this.now() + pauseAfter(circuit.failures);
    return 0;
  }

  /** It answered, whatever the answer. */
  answered(receiver: string): void {
    this.circuits.delete(receiver);
  }

  /** It could not be reached, or gave no answer in time. */
  silent(receiver: string): void {
    const failures = (this.circuits.get(receiver)?.failures ?? 0) + 1;
    // The longest without news is forgotten first.
    this.circuits.delete(receiver);
    this.circuits.set(receiver, { failures, until: this.now() + pauseAfter(failures) });
    const [oldest] = this.circuits.keys();
    if (this.circuits.size > MAX_RECEIVERS && oldest !== undefined) this.circuits.delete(oldest);
  }
}

function pauseAfter(failures: number): number {
  const pauses = { first: FIRST_PAUSE_MS, longest: LONGEST_PAUSE_MS };
  return exponentialBackoff(Math.max(1, failures - FAILURES + 1), pauses);
}
