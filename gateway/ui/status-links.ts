import { DOCS } from '../http/route.ts';

/**
 * Where people go from the status page.
 * @param names of the functions there are
 * @param origin the gateway as the reader has reached it: metrics are at the same name, on a port of their own
 */
export function statusLinks(
  names: string[],
  origin: string,
  metricsUrl: string | undefined,
): (readonly [text: string, address: string])[] {
  return [
    ...(names.includes('frontend-fn') ? [['Page', '/function/frontend-fn'] as const] : []),
    ['API', DOCS],
    ...(metricsUrl === undefined ? [] : [['Metrics', metricsAt(metricsUrl, origin)] as const]),
  ];
}

function metricsAt(metricsUrl: string, origin: string): string {
  const metrics = new URL(metricsUrl);
  if (origin !== '') metrics.hostname = new URL(origin).hostname;
  return metrics.href;
}
