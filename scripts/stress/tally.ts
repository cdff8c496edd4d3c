/** What a stretch of load came to. Times in milliseconds. */
export interface Summary {
  sent: number;
  /** Answers that are what they should be. */
  right: number;
  /** Right answers a second. */
  rate: number;
  p50: number;
  p90: number;
  p95: number;
  p99: number;
  max: number;
  /** How often each status came; `none ECONNRESET` where there was no answer. */
  codes: Record<string, number>;
  /** Answers that have the status they should have and are not what they should be: must be 0. */
  wrong: number;
  /** The first few of them, in words. */
  complaints: string[];
  seconds: number;
}

const MOST_COMPLAINTS = 5;

/** What became of one request. */
export type Verdict = 'right' | 'refused' | { wrong: string };

/** Collects outcomes. Latencies are those of right answers: a quick refusal must not make a system look quick. */
export class Tally {
  private readonly latencies: number[] = [];
  private readonly codes = new Map<string, number>();
  private readonly complaints: string[] = [];
  private sent = 0;
  private wrong = 0;

  /** @param verdict `refused` is any answer of another status than the one that was expected */
  add(ms: number, code: string, verdict: Verdict): void {
    this.sent += 1;
    this.codes.set(code, (this.codes.get(code) ?? 0) + 1);
    if (verdict === 'right') this.latencies.push(ms);
    else if (verdict !== 'refused') {
      this.wrong += 1;
      if (this.complaints.length < MOST_COMPLAINTS) this.complaints.push(verdict.wrong);
    }
  }

  /** @param seconds from the first request to the last answer */
  summary(seconds: number): Summary {
    const sorted = Float64Array.from(this.latencies).sort();
    const at = (share: number): number => quantile(sorted, share);
    return {
      sent: this.sent,
      right: sorted.length,
      rate: sorted.length / seconds,
      ...{ p50: at(0.5), p90: at(0.9), p95: at(0.95), p99: at(0.99), max: at(1) },
      codes: Object.fromEntries([...this.codes].sort(([a], [b]) => a.localeCompare(b))),
      wrong: this.wrong,
      complaints: this.complaints,
      seconds,
    };
  }
}

/** The smallest value that so large a share does not exceed; NaN of none. @param sorted ascending */
export function quantile(sorted: ArrayLike<number>, share: number): number {
  if (sorted.length === 0) return Number.NaN;
  return sorted[Math.max(0, Math.ceil(sorted.length * share) - 1)] as number;
}
