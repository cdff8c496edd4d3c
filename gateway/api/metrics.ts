import { createServer, type Server } from 'node:http';
import { counter, gauge, Histogram, METRICS_TYPE, type Sample } from '#kit/metrics';
import { answerText } from '../http/answer.ts';
import { hostRefusal, type OriginRules } from '../http/cross-origin.ts';
import { fullName } from '../stack/names.ts';
import { RecentCalls } from './recent-calls.ts';

/** Counts calls under the names of OpenFaaS's gateway, so that its dashboards and alerts work here, too. */
export class Metrics {
  private readonly started = new Map<string, number>();
  private readonly durations = new Histogram('gateway_functions_seconds', 'Time from a call to the end of its answer.');

  /** The newest calls, for the status page. */
  readonly recent = new RecentCalls();

  callStarted(name: string): void {
    this.started.set(name, (this.started.get(name) ?? 0) + 1);
  }

  /** @param code the answer's status; 499 if the caller closed the connection before its end */
  callEnded(name: string, code: number, seconds: number): void {
    this.durations.observe({ function_name: fullName(name), code }, seconds);
    this.recent.add(name, code, seconds);
  }

  /** How many calls of each function have begun. */
  starts(): Map<string, number> {
    return new Map(this.started);
  }

  /** How many calls of a function have ended. */
  invocations(name: string): number {
    const ofFunction = this.durations.counts().filter(([labels]) => labels.function_name === fullName(name));
    return ofFunction.reduce((total, [, count]) => total + count, 0);
  }

  /**
   * Prometheus text.
   * @param replicas available processes by function
   * @param queue queued calls, and those that were given up
   */
  render(replicas: Map<string, number>, queue = { pending: 0, deadLetters: 0 }): string {
    return [
      counter('gateway_function_invocation_started', 'Calls that began.', byFunction(this.started)),
      counter('gateway_function_invocation_total', 'Calls that are over, by status.', this.durations.counts()),
      this.durations.render(),
      gauge('gateway_service_count', 'Processes that take requests.', byFunction(replicas)),
      gauge('gateway_async_pending', 'Queued calls that are not over.', queue.pending),
      gauge('gateway_async_dead_letters', 'Queued calls that were given up and are kept.', queue.deadLetters),
    ].join('');
  }
}

function byFunction(values: Map<string, number>): Sample[] {
  return [...values].map(([name, value]) => [{ function_name: fullName(name) }, value]);
}

/** The server of `GET /metrics`, on a port of its own, as with OpenFaaS. */
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
    response.writeHead(200, { 'Content-Type': METRICS_TYPE });
    response.end(body);
  });
}
