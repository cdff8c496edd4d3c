import type { OutgoingHttpHeaders } from 'node:http';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { counter, gauge, Histogram } from '#kit/metrics';
import { StepTimes } from './step-times.ts';

const LAG_RESOLUTION_MS = 20;

/** The runtime's metrics in Prometheus's text format. */
export interface Metrics {
  begin(): void;
  /** Ends a call that `begin` began. @param headers the answer's */
  done(method: string, code: number, seconds: number, headers: OutgoingHttpHeaders): void;
  render(): string;
  stop(): void;
}

export function createMetrics(): Metrics {
  // Both labels have few values: Node's parser limits methods, and statuses are 200 to 599.
  const durations = new Histogram('http_request_duration_seconds', 'From the head of a request to its last byte.');
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
      durations.observe({ method, code }, seconds);
    },
    render: () => {
      const text = [
        counter('http_requests_total', 'Requests by method and status; 499: the caller left.', durations.counts()),
        durations.render(),
        gauge('http_requests_in_flight', 'Requests being worked on.', inFlight),
        steps.render(),
        processState(),
        loopLag(lag),
      ].join('');
      lag.reset();
      return text;
    },
    stop: () => lag.disable(),
  };
}

function processState(): string {
  const { user, system } = process.cpuUsage();
  return (
    gauge('process_resident_memory_bytes', 'Resident memory.', process.memoryUsage.rss()) +
    counter('process_cpu_seconds_total', 'User and system time.', (user + system) / 1e6)
  );
}

/** Lag since the last scrape. The monitor includes its own interval, which is subtracted. */
function loopLag(lag: ReturnType<typeof monitorEventLoopDelay>): string {
  const seconds = (nanoseconds: number) => Math.max(0, (nanoseconds || 0) / 1e9 - LAG_RESOLUTION_MS / 1000);
  return gauge('nodejs_eventloop_lag_seconds', 'Event loop lag since the last scrape.', [
    [{ quantile: 0.5 }, seconds(lag.percentile(50))],
    [{ quantile: 0.99 }, seconds(lag.percentile(99))],
    [{ quantile: 1 }, lag.count === 0 ? 0 : seconds(lag.max)],
  ]);
}
