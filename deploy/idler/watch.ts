import type { Calls } from './calls.ts';

interface Observation {
  calls: Calls;
  /** When a call was last known of. */
  at: number;
}

const NONE: Calls = { started: 0, ended: 0 };

/** Remembers when each function was last called. Times in milliseconds of one clock. */
export class Watch {
  private readonly idleAfter: ReadonlyMap<string, number>;
  private observations = new Map<string, Observation>();

  /** @param idleAfter by name; `*` is every other function */
  constructor(idleAfter: ReadonlyMap<string, number>) {
    this.idleAfter = idleAfter;
  }

  /**
   * Takes in what was counted, and tells who has had no call for long enough.
   * @param running functions with replicas; one that has none now counts as called when it has some again
   */
  look(running: string[], calls: ReadonlyMap<string, Calls>, now: number): string[] {
    const next = new Map(running.map((name) => [name, this.latest(name, calls.get(name) ?? NONE, now)]));
    this.observations = next;
    return running.filter((name) => now - (next.get(name)?.at ?? now) >= this.timeFor(name));
  }

  /**
   * It was stopped: what is seen of it next is a new beginning, so that nobody stops it while it wakes.
   * @returns its calls so far
   */
  drop(name: string): number {
    const started = this.observations.get(name)?.calls.started ?? 0;
    this.observations.delete(name);
    return started;
  }

  /** After a time in which nothing was known, nobody is idle until as much time has passed again. */
  forget(): void {
    this.observations.clear();
  }

  private latest(name: string, calls: Calls, now: number): Observation {
    const before = this.observations.get(name);
    // A gateway that began again counts from 0: a change, too.
    const quiet = before && calls.started === before.calls.started && calls.ended === before.calls.ended;
    const waiting = calls.started > calls.ended;
    return { calls, at: quiet && !waiting ? before.at : now };
  }

  private timeFor(name: string): number {
    return this.idleAfter.get(name) ?? this.idleAfter.get('*') ?? Number.POSITIVE_INFINITY;
  }
}
