/** The summary of a load. Times in milliseconds. */
export interface Summary {
  sent: number;
  /** Correct answers. */
  right: number;
  /** Correct answers per second. */
  rate: number;
  p50: number;
  p90: number;
  p95: number;
  p99: number;
  max: number;
  /** The number of answers by status; `none ECONNRESET` without an answer. */
  codes: Record<string, number>;
  /** Answers with the expected status and wrong content: must be 0. */
  wrong: number;
  /** Descriptions of the first few. */
  complaints: string[];
  seconds: number;
}

const MOST_COMPLAINTS = 5;

/** The verdict on one answer. */
export type Verdict = 'right' | 'refused' | { wrong: string };

/** Collects results. Latencies are those of correct answers, since fast refusals must not improve them. */
export class Tally {
  private readonly latencies: number[] = [];
  private readonly codes = new Map<string, number>();
  private readonly complaints: string[] = [];
  private sent = 0;
  private wrong = 0;

  /** @param verdict `refused` is any answer with another status than the expected one */
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

/** The nearest-rank quantile; NaN without values. @param sorted ascending */
export function quantile(sorted: ArrayLike<number>, share: number): number {
  if (sorted.length === 0) return Number.NaN;
  return sorted[Math.max(0, Math.ceil(sorted.length * share) - 1)] as number;
}
