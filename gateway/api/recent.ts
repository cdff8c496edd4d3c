import type { Log } from '../log.ts';

/** A warning or error, for the status page. */
export interface ErrorEntry {
  at: Date;
  text: string;
}

const KEPT = 20;

/** Wraps a log so that its newest warnings and errors are kept. */
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
/** Two minutes, for the chart of the status page. */
const SAMPLES = 60;
/** The current rate is that of this many samples. */
const RATE_SAMPLES = 6;

interface RateSample {
  at: number;
  totals: Map<string, number>;
}

/** Computes calls per second from totals that only grow. */
export class Rates {
  private readonly samples: RateSample[] = [];
  private readonly totals: () => Map<string, number>;
  private readonly timer: NodeJS.Timeout;

  constructor(totals: () => Map<string, number>) {
    this.totals = totals;
    this.sample();
    this.timer = setInterval(() => this.sample(), SAMPLE_MS);
    this.timer.unref();
  }

  perSecond(name: string): number {
    const first = this.samples.at(-RATE_SAMPLES) ?? this.samples[0];
    if (!first) return 0;
    const seconds = Math.max(1, (performance.now() - first.at) / 1000);
    return ((this.totals().get(name) ?? 0) - (first.totals.get(name) ?? 0)) / seconds;
  }

  /** Calls per second of all functions between samples, oldest first. */
  history(): number[] {
    return this.samples.slice(1).map((later, index) => {
      const { at, totals } = this.samples[index] as RateSample;
      return (1000 * (sumOf(later.totals) - sumOf(totals))) / (later.at - at);
    });
  }

  stop(): void {
    clearInterval(this.timer);
  }

  private sample(): void {
    this.samples.push({ at: performance.now(), totals: this.totals() });
    if (this.samples.length > SAMPLES) this.samples.shift();
  }
}

function sumOf(totals: Map<string, number>): number {
  return [...totals.values()].reduce((sum, count) => sum + count, 0);
}
