import { createServer, type Server } from 'node:http';
import { METRICS_TYPE } from '#kit/metrics';
import type { Metrics } from './metrics.ts';

/**
 * The HTTP side: `GET /metrics` for Prometheus, and for probes `/healthz` (the process lives) and `/readyz` (503 while
 * the gateway is unavailable or the edge is stopping).
 */
export function createHttpServer(metrics: Metrics, isServing: () => boolean): Server {
  const answers: Record<string, () => [status: number, text: string]> = {
    '/metrics': () => [200, metrics.render()],
    '/healthz': () => [200, 'ok\n'],
    '/readyz': () => (isServing() ? [200, 'ready\n'] : [503, 'not ready\n']),
  };
  return createServer((request, response) => {
    const path = request.url?.split('?')[0] ?? '';
    const known = request.method === 'GET' && Object.hasOwn(answers, path) ? answers[path] : undefined;
    const [status, text] = known?.() ?? [404, `GET ${Object.keys(answers).join(', ')}\n`];
    const type = path === '/metrics' ? METRICS_TYPE : 'text/plain; charset=utf-8';
    response.writeHead(status, { 'content-type': type, 'cache-control': 'no-store' }).end(text);
  });
}
