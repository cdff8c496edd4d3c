import { createServer, type Server } from 'node:http';
import { answerText } from '../http/answer.ts';
import { hostRefusal, type OriginRules } from '../http/cross-origin.ts';
import { fullName } from '../stack/names.ts';

/** Upper bounds in seconds: Prometheus's usual ones, and two more for calls that start a process or a large model. */
const BUCKETS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60];

interface Series {
  count: number;
  seconds: number;
  buckets: number[];
}

/** Counts calls under the names that OpenFaaS's gateway uses, so that its dashboards and alerts work here too. */
export class Metrics {
  private readonly started = new Map<string, number>();
  private readonly ended = new Map<string, Map<number, Series>>();

  callStarted(name: string): void {
    this.started.set(name, (this.started.get(name) ?? 0) + 1);
  }

  /** @param code the answer's status; 499 when the caller left before it was whole */
  callEnded(name: string, code: number, seconds: number): void {
    const codes = this.ended.get(name) ?? new Map<number, Series>();
    this.ended.set(name, codes);
    const series = codes.get(code) ?? { count: 0, seconds: 0, buckets: BUCKETS.map(() => 0) };
    codes.set(code, series);
    series.count++;
    series.seconds += seconds;
    const bucket = BUCKETS.findIndex((bound) => seconds <= bound);
    if (bucket >= 0) series.buckets[bucket] = (series.buckets[bucket] ?? 0) + 1;
  }

  /** How many calls of each function began. */
  starts(): Map<string, number> {
    return new Map(this.started);
  }

  /** How many calls of a function are over. */
  invocations(name: string): number {
    let total = 0;
    for (const series of this.ended.get(name)?.values() ?? []) total += series.count;
    return total;
  }

  /**
   * Prometheus text.
   * @param replicas how many processes of each function take requests
   * @param queue calls that are queued, and those given up
   */
  render(replicas: Map<string, number>, queue = { pending: 0, deadLetters: 0 }): string {
    const lines = [
      ...family('gateway_function_invocation_started', 'counter', 'Calls that began.'),
      ...[...this.started].map(([name, count]) => sample('gateway_function_invocation_started', { name }, count)),
      ...family('gateway_function_invocation_total', 'counter', 'Calls that are over, by status.'),
      ...this.each((name, code, { count }) => [sample('gateway_function_invocation_total', { name, code }, count)]),
      ...family('gateway_functions_seconds', 'histogram', 'Time from a call to the end of its answer.'),
      ...this.each(histogram),
      ...family('gateway_service_count', 'gauge', 'Processes that take requests.'),
      ...[...replicas].map(([name, count]) => sample('gateway_service_count', { name }, count)),
      ...family('gateway_async_pending', 'gauge', 'Queued calls that are not over.'),
      `gateway_async_pending ${queue.pending}`,
      ...family('gateway_async_dead_letters', 'gauge', 'Queued calls that were given up and are kept.'),
      `gateway_async_dead_letters ${queue.deadLetters}`,
    ];
    return `${lines.join('\n')}\n`;
  }

  private each(lines: (name: string, code: number, series: Series) => string[]): string[] {
    return [...this.ended].flatMap(([name, codes]) =>
      [...codes].flatMap(([code, series]) => lines(name, code, series)),
    );
  }
}

function family(name: string, type: string, help: string): string[] {
  return [`# HELP ${name} ${help}`, `# TYPE ${name} ${type}`];
}

function sample(metric: string, of: { name: string; code?: number; le?: string }, value: number): string {
  const labels = [`function_name="${fullName(of.name)}"`];
  if (of.code !== undefined) labels.push(`code="${of.code}"`);
  if (of.le !== undefined) labels.push(`le="${of.le}"`);
  return `${metric}{${labels.join(',')}} ${value}`;
}

function histogram(name: string, code: number, { buckets, count, seconds }: Series): string[] {
  let below = 0;
  const lines = BUCKETS.map((bound, index) => {
    below += buckets[index] ?? 0;
    return sample('gateway_functions_seconds_bucket', { name, code, le: String(bound) }, below);
  });
  return [
    ...lines,
    sample('gateway_functions_seconds_bucket', { name, code, le: '+Inf' }, count),
    sample('gateway_functions_seconds_sum', { name, code }, seconds),
    sample('gateway_functions_seconds_count', { name, code }, count),
  ];
}

/** The server of `GET /metrics`, on a port of its own as OpenFaaS has it. */
export function createMetricsServer(render: () => string, origins: OriginRules): Server {
  return createServer((request, response) => {
    const foreign = hostRefusal(request.headers, origins);
    if (foreign) return answerText(response, ...foreign);
    const path = request.url?.split('?')[0];
    if (path !== '/metrics') return answerText(response, 404, 'Metrics are at /metrics.');
    if (request.method !== 'GET' && request.method !== 'HEAD') {
      return answerText(response, 405, 'Use GET.', { Allow: 'GET, HEAD' });
    }
    const body = render();
    response.writeHead(200, { 'Content-Type': 'text/plain; version=0.0.4; charset=utf-8' });
    response.end(body);
  });
}
