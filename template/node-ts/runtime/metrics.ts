import type { OutgoingHttpHeaders } from 'node:http';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { StepTimes } from './step-times.ts';

const BUCKETS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60];
const LAG_RESOLUTION_MS = 20;

interface Series {
  count: number;
  sum: number;
  /** How many requests took at most as long as the bucket of the same index. */
  buckets: number[];
}

/** What the runtime counts, in Prometheus' text format 0.0.4. */
export interface Metrics {
  begin(): void;
  /** Ends what `begin` began. @param headers of the answer */
  done(method: string, code: number, seconds: number, headers: OutgoingHttpHeaders): void;
  render(): string;
  stop(): void;
}

export const METRICS_TYPE = 'text/plain; version=0.0.4; charset=utf-8';

export function createMetrics(): Metrics {
  // Both labels come from closed sets: Node's parser knows the methods, answers have statuses from 200 to 599.
  const series = new Map<string, Series>();
  const steps = new StepTimes();
  let inFlight = 0;
  const lag = monitorEventLoopDelay({ resolution: LAG_RESOLUTION_MS });
  lag.enable();
  return {
    begin: () => {
      inFlight += 1;
    },
    done: (method, code, seconds, headers) => {
      inFlight -= 1;
      steps.count(headers);
      const labels = `method="${method}",code="${code}"`;
      const found = series.get(labels) ?? { count: 0, sum: 0, buckets: BUCKETS.map(() => 0) };
      series.set(labels, found);
      found.count += 1;
      found.sum += seconds;
      found.buckets = found.buckets.map((count, index) => (seconds <= (BUCKETS[index] ?? 0) ? count + 1 : count));
    },
    render: () => {
      const text = `${requests(series)}${family('http_requests_in_flight', 'gauge', 'Requests being worked on.', [['', inFlight]])}${steps.render()}${processState()}${loopLag(lag)}`;
      lag.reset();
      return text;
    },
    stop: () => lag.disable(),
  };
}

function family(name: string, type: string, help: string, samples: [suffix: string, value: number][]): string {
  const lines = samples.map(([suffix, value]) => `${name}${suffix} ${value}\n`);
  return `# HELP ${name} ${help}\n# TYPE ${name} ${type}\n${lines.join('')}`;
}

function requests(series: Map<string, Series>): string {
  const all = [...series];
  const total = all.map(([labels, { count }]): [string, number] => [`{${labels}}`, count]);
  const durations = all.flatMap(([labels, { count, sum, buckets }]): [string, number][] => [
    ...BUCKETS.map((le, index): [string, number] => [`_bucket{${labels},le="${le}"}`, buckets[index] ?? 0]),
    [`_bucket{${labels},le="+Inf"}`, count],
    [`_sum{${labels}}`, sum],
    [`_count{${labels}}`, count],
  ]);
  return (
    family('http_requests_total', 'counter', 'Requests by method and status; 499: the caller left.', total) +
    family('http_request_duration_seconds', 'histogram', 'From the head of a request to its last byte.', durations)
  );
}

function processState(): string {
  const { user, system } = process.cpuUsage();
  return (
    family('process_resident_memory_bytes', 'gauge', 'Resident memory.', [['', process.memoryUsage.rss()]]) +
    family('process_cpu_seconds_total', 'counter', 'User and system time.', [['', (user + system) / 1e6]])
  );
}

/** Lag since the last scrape. The monitor measures its own timer, so its interval is taken off. */
function loopLag(lag: ReturnType<typeof monitorEventLoopDelay>): string {
  const seconds = (nanoseconds: number) => Math.max(0, (nanoseconds || 0) / 1e9 - LAG_RESOLUTION_MS / 1000);
  return family('nodejs_eventloop_lag_seconds', 'gauge', 'Event loop lag since the last scrape.', [
    ['{quantile="0.5"}', seconds(lag.percentile(50))],
    ['{quantile="0.99"}', seconds(lag.percentile(99))],
    ['{quantile="1"}', lag.count === 0 ? 0 : seconds(lag.max)],
  ]);
}
