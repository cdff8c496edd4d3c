import { quantile } from '#report/stage-times';

/** Calls of the last five minutes count as recent. */
export const RECENT_MS = 300_000;
/** At most this many calls of each function are kept. */
const KEPT = 1000;

interface FinishedCall {
  at: number;
  code: number;
  seconds: number;
}

/** Latencies and results of recent calls; quantiles in seconds, undefined without a call. */
export interface RecentSummary {
  count: number;
  /** Answered with 5xx. */
  failed: number;
  /** Answered with 4xx, or cancelled by the caller. */
  refused: number;
  p50: number | undefined;
  p95: number | undefined;
  p99: number | undefined;
}

/** Remembers the newest calls of each function. */
export class RecentCalls {
  private readonly calls = new Map<string, FinishedCall[]>();
  private readonly clock: () => number;

  constructor(clock: () => number = () => performance.now()) {
    this.clock = clock;
  }

  add(name: string, code: number, seconds: number): void {
    const kept = this.calls.get(name) ?? [];
    this.calls.set(name, kept);
    kept.push({ at: this.clock(), code, seconds });
    // Trimmed now and then, since removing the first item moves all others.
    if (kept.length >= 2 * KEPT) kept.splice(0, kept.length - KEPT);
  }

  /** The summary of one or more functions together. */
  summary(...names: string[]): RecentSummary {
    const since = this.clock() - RECENT_MS;
    const calls = names.flatMap((name) => (this.calls.get(name) ?? []).slice(-KEPT)).filter(({ at }) => at >= since);
    const seconds = calls.map((call) => call.seconds);
    const of = (share: number) => (seconds.length > 0 ? quantile(seconds, share) : undefined);
    return {
      count: calls.length,
      failed: calls.filter(({ code }) => code >= 500).length,
      refused: calls.filter(({ code }) => code >= 400 && code < 500).length,
      p50: of(0.5),
      p95: of(0.95),
      p99: of(0.99),
    };
  }
}
