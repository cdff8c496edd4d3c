/* Counters, gauges, histograms and summaries in Prometheus's text format 0.0.4. */

export const METRICS_TYPE = 'text/plain; version=0.0.4; charset=utf-8';

/** Upper bounds in seconds: Prometheus's defaults, and two more for calls that start a process or a large model. */
export const DURATION_BUCKETS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60];

export type Labels = Readonly<Record<string, string | number>>;
export type Sample = readonly [labels: Labels, value: number];

/** The text of a counter whose value is kept elsewhere. */
export function counter(name: string, help: string, samples: number | Iterable<Sample>): string {
  return scalar('counter', name, help, samples);
}

/** The text of a gauge whose value is kept elsewhere. */
export function gauge(name: string, help: string, samples: number | Iterable<Sample>): string {
  return scalar('gauge', name, help, samples);
}

/** Counts events by their labels. */
export class Counter {
  readonly #values = new Map<string, { labels: Labels; value: number }>();
  readonly #name: string;
  readonly #help: string;

  constructor(name: string, help: string) {
    this.#name = name;
    this.#help = help;
  }

  get size(): number {
    return this.#values.size;
  }

  has(labels: Labels): boolean {
    return this.#values.has(labelText(labels));
  }

  inc(labels: Labels): void {
    const key = labelText(labels);
    const known = this.#values.get(key);
    if (known) known.value += 1;
    else this.#values.set(key, { labels, value: 1 });
  }

  render(): string {
    const samples = [...this.#values.values()].map(({ labels, value }): Sample => [labels, value]);
    return counter(this.#name, this.#help, samples);
  }
}

interface Series {
  labels: Labels;
  count: number;
  sum: number;
  /** Observations by bucket, not cumulative. */
  buckets: number[];
}

/** Counts and sums observations by their labels. */
export class Summary {
  protected readonly series = new Map<string, Series>();
  readonly #name: string;
  readonly #help: string;
  readonly #bounds: readonly number[];

  /** @param bounds upper bounds of buckets, in ascending order; a summary has none */
  constructor(name: string, help: string, bounds: readonly number[] = []) {
    this.#name = name;
    this.#help = help;
    this.#bounds = bounds;
  }

  get size(): number {
    return this.series.size;
  }

  has(labels: Labels): boolean {
    return this.series.has(labelText(labels));
  }

  observe(labels: Labels, value: number): void {
    const key = labelText(labels);
    const series = this.series.get(key) ?? { labels, count: 0, sum: 0, buckets: this.#bounds.map(() => 0) };
    this.series.set(key, series);
    series.count += 1;
    series.sum += value;
    const bucket = this.#bounds.findIndex((bound) => value <= bound);
    if (bucket >= 0) series.buckets[bucket] = (series.buckets[bucket] ?? 0) + 1;
  }

  /** The number of observations by labels. */
  counts(): Sample[] {
    return [...this.series.values()].map(({ labels, count }) => [labels, count]);
  }

  render(): string {
    const type = this.#bounds.length > 0 ? 'histogram' : 'summary';
    const lines = [...this.series.values()].flatMap((series) => [
      ...this.#bucketLines(series),
      `${this.#name}_sum${labelText(series.labels)} ${series.sum}\n`,
      `${this.#name}_count${labelText(series.labels)} ${series.count}\n`,
    ]);
    return family(type, this.#name, this.#help, lines);
  }

  /** Buckets are cumulative. */
  #bucketLines({ labels, count, buckets }: Series): string[] {
    if (this.#bounds.length === 0) return [];
    let below = 0;
    const lines = this.#bounds.map((le, index) => {
      below += buckets[index] ?? 0;
      return `${this.#name}_bucket${labelText({ ...labels, le })} ${below}\n`;
    });
    return [...lines, `${this.#name}_bucket${labelText({ ...labels, le: '+Inf' })} ${count}\n`];
  }
}

/** Counts durations in seconds by their labels, in buckets. */
export class Histogram extends Summary {
  constructor(name: string, help: string) {
    super(name, help, DURATION_BUCKETS);
  }
}

function scalar(type: string, name: string, help: string, samples: number | Iterable<Sample>): string {
  const all: Iterable<Sample> = typeof samples === 'number' ? [[{}, samples]] : samples;
  const lines = [...all].map(([labels, value]) => `${name}${labelText(labels)} ${value}\n`);
  return family(type, name, help, lines);
}

function family(type: string, name: string, help: string, lines: string[]): string {
  return `# HELP ${name} ${help}\n# TYPE ${name} ${type}\n${lines.join('')}`;
}

const ESCAPES: Record<string, string> = { '\\': '\\\\', '"': '\\"', '\n': '\\n' };

/** `{method="GET",code="200"}`; empty without labels. */
function labelText(labels: Labels): string {
  const pairs = Object.entries(labels).map(
    ([name, value]) => `${name}="${String(value).replace(/[\\"\n]/g, (character) => ESCAPES[character] ?? character)}"`,
  );
  return pairs.length === 0 ? '' : `{${pairs.join(',')}}`;
}
