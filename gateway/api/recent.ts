import type { Log } from '../log.ts';

/** What went wrong, for people who look in later. */
export interface ErrorEntry {
  at: Date;
  text: string;
}

const KEPT = 20;

/** A log that also keeps its newest warnings and errors. */
export function keepErrors(log: Log): { log: Log; recentErrors: () => ErrorEntry[] } {
  const kept: ErrorEntry[] = [];
  const keep = (text: string) => {
    kept.unshift({ at: new Date(), text });
    kept.length = Math.min(kept.length, KEPT);
  };
  return {
    recentErrors: () => [...kept],
    log: {
      ...log,
      warn: (text) => {
        keep(text);
        log.warn(text);
      },
      error: (text) => {
        keep(text);
        log.error(text);
      },
    },
  };
}

const SAMPLE_MS = 2000;
const SAMPLES = 6;

/** How many calls a second came of late, from totals that only grow. */
export class Rates {
  private readonly samples: { at: number; totals: Map<string, number> }[] = [];
  private readonly totals: () => Map<string, number>;
  private readonly timer: NodeJS.Timeout;

  constructor(totals: () => Map<string, number>) {
    this.totals = totals;
    this.sample();
    this.timer = setInterval(() => this.sample(), SAMPLE_MS);
    this.timer.unref();
  }

  perSecond(name: string): number {
    const [first] = this.samples;
    if (!first) return 0;
    const seconds = Math.max(1, (performance.now() - first.at) / 1000);
    return ((this.totals().get(name) ?? 0) - (first.totals.get(name) ?? 0)) / seconds;
  }

  stop(): void {
    clearInterval(this.timer);
  }

  private sample(): void {
    this.samples.push({ at: performance.now(), totals: this.totals() });
    if (this.samples.length > SAMPLES) this.samples.shift();
  }
}
