import type { Endpoint, Method } from '#contract/endpoint';
import { Problem } from '#contract/problems';
import type { FunctionEvent } from '#handler';

/** The endpoint that answers a request. */
export interface Match<E extends Endpoint, Body> {
  endpoint: E;
  /** The request without the prefix or option that selected the endpoint. */
  event: FunctionEvent<Body>;
  /** The values of the names in braces. */
  params: Record<string, string>;
}

/** @throws Problem `not-found`, or `method-not-allowed` with `Allow` */
export type Router<E extends Endpoint> = <Body>(event: FunctionEvent<Body>) => Match<E, Body>;

/**
 * Finds the endpoint of a request by path and method. `faas-cli invoke` sets no path, so `?do=jobs` means `/jobs`. A
 * trailing slash is ignored.
 */
export function createRouter<E extends Endpoint>(endpoints: readonly E[]): Router<E> {
  const routes = endpoints.flatMap((endpoint) =>
    [endpoint.path, ...(endpoint.aliases ?? [])].map((path) => ({ endpoint, pattern: patternOf(path) })),
  );
  const at = (path: string) => routes.filter(({ pattern }) => pattern.test(path));
  // If the root has an option "do" of its own, the root checks its value.
  const rootTakesDo = endpoints.some((endpoint) => endpoint.path === '/' && takesDo(endpoint));
  return (event) => {
    const { do: action, ...query } = event.query;
    const named = event.path === '/' && typeof action === 'string' ? `/${action}` : event.path;
    const path = rootTakesDo && named !== event.path && at(named).length === 0 ? '/' : named;
    const { endpoint, pattern } = routeFor(at(path), event.method, endpoints);
    const params = { ...pattern.exec(path)?.groups };
    return { endpoint, params, event: { ...event, path, query: takesDo(endpoint) ? event.query : query } };
  };
}

interface Route<E> {
  endpoint: E;
  pattern: RegExp;
}

function routeFor<E extends Endpoint>(found: Route<E>[], method: string, endpoints: readonly E[]): Route<E> {
  if (found.length === 0) {
    const shown = new Set(endpoints.flatMap(({ path, hidden }) => (hidden ? [] : [path])));
    throw new Problem('not-found', `There is no such address; there are ${[...shown].join(', ')}.`);
  }
  const route = found.find(({ endpoint }) => takes(endpoint, method));
  if (route) return route;
  throw methodNotAllowed(
    method,
    found.flatMap(({ endpoint }) => endpoint.methods),
  );
}

function takes({ methods }: Endpoint, method: string): boolean {
  return methods.includes((method === 'HEAD' ? 'GET' : method) as Method);
}

/** @throws Problem `method-not-allowed` */
export function checkMethod(method: string, endpoint: Endpoint): void {
  if (!takes(endpoint, method)) throw methodNotAllowed(method, endpoint.methods);
}

function methodNotAllowed(method: string, methods: readonly Method[]): Problem {
  const allow = (['GET', 'HEAD', 'POST', 'PUT'] as const)
    .filter((one) => methods.includes(one === 'HEAD' ? 'GET' : one))
    .join(', ');
  const detail = `${method.slice(0, 20)} is not possible here; use ${allow}.`;
  return new Problem('method-not-allowed', detail, { headers: { allow } });
}

function takesDo({ options }: Endpoint): boolean {
  return options !== undefined && 'do' in options.shape;
}

/** `/jobs/{id}` → `^/jobs/(?<id>[^/]+)/?$`. */
function patternOf(path: string): RegExp {
  const source = path
    .replace(/\/+$/, '')
    .replace(/[.]/g, '\\.')
    .replace(/\{(\w+)\*\}/g, '(?<$1>.*)')
    .replace(/\{(\w+)\}/g, '(?<$1>[^/]+)');
  return new RegExp(`^${source}${path.endsWith('*}') ? '' : '/?'}$`, 's');
}
