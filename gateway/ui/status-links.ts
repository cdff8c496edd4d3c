import { DOCS } from '../http/route.ts';

/**
 * The links of the status page.
 * @param names the deployed functions
 * @param origin the gateway's address as the reader reached it; the metrics have the same name and another port
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
