import type { Calls } from './calls.ts';

interface Observation {
  calls: Calls;
  /** The time of the last known call. */
  at: number;
}

const NONE: Calls = { started: 0, ended: 0 };

/** Records when each function was last called. Times in milliseconds of one clock. */
export class Watch {
  private readonly idleAfter: ReadonlyMap<string, number>;
  private observations = new Map<string, Observation>();

  /** @param idleAfter idle times by function; `*` for all others */
  constructor(idleAfter: ReadonlyMap<string, number>) {
    this.idleAfter = idleAfter;
  }

  /**
   * Records the counts and finds idle functions.
   * @param running functions with replicas; one without counts as called when it has some again
   */
  look(running: string[], calls: ReadonlyMap<string, Calls>, now: number): string[] {
    const next = new Map(running.map((name) => [name, this.latest(name, calls.get(name) ?? NONE, now)]));
    this.observations = next;
    return running.filter((name) => now - (next.get(name)?.at ?? now) >= this.timeFor(name));
  }

  /**
   * Forgets a stopped function, so that it is not stopped again while it wakes.
   * @returns its calls so far
   */
  drop(name: string): number {
    const started = this.observations.get(name)?.calls.started ?? 0;
    this.observations.delete(name);
    return started;
  }

  /** After a gap without data, idle times start again. */
  forget(): void {
    this.observations.clear();
  }

  private latest(name: string, calls: Calls, now: number): Observation {
    const before = this.observations.get(name);
    // A restarted gateway counts from 0, which is a change, too.
    const quiet = before && calls.started === before.calls.started && calls.ended === before.calls.ended;
    const waiting = calls.started > calls.ended;
    return { calls, at: quiet && !waiting ? before.at : now };
  }

  private timeFor(name: string): number {
    return this.idleAfter.get(name) ?? this.idleAfter.get('*') ?? Number.POSITIVE_INFINITY;
  }
}
