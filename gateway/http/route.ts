import { bareName } from '../stack/names.ts';

/** The meaning of a request target. `path` and `query` are never decoded; a name may be percent-encoded. */
export type Route =
  | { kind: 'function'; name: string; path: string }
  /** `calledAs` is the name as the caller wrote it, with its namespace if there was one. */
  | { kind: 'async'; name: string; calledAs: string; path: string }
  | { kind: 'system'; path: string; query: URLSearchParams }
  | { kind: 'health' }
  | { kind: 'home' }
  | { kind: 'status' }
  | { kind: 'openapi' }
  /** The page of the API; `file` is one of its files, or empty. */
  | { kind: 'docs'; file: string }
  | { kind: 'unclean'; location: string }
  | { kind: 'malformed' }
  | { kind: 'unknown' };

/** A name in a route: wider than what a function may be called, so that a wrong name is a 404. */
const FUNCTION = /^\/(async-)?function\/([^/]+)(\/.*)?$/;
const NAME = /^[-a-zA-Z_0-9.]+$/;

/** Where the page of the API is. */
export const DOCS = '/docs';

/** Reads a request target (`/path?query`, or the absolute form that proxies are sent). */
export function readRoute(target: string): Route {
  const origin = /^https?:\/\/[^/?#]*/i.exec(target)?.[0] ?? '';
  const rest = target.slice(origin.length);
  const mark = rest.indexOf('?');
  const path = mark < 0 ? rest : rest.slice(0, mark);
  const query = mark < 0 ? '' : rest.slice(mark);
  if (!isPath(path, origin)) return { kind: 'malformed' };
  const whole = decoded(path);
  const clean = cleanPath(whole);
  if (clean !== whole) return { kind: 'unclean', location: `${encoded(clean)}${query}` };
  const [, queued, given = '', inner] = FUNCTION.exec(path) ?? [];
  const named = decoded(given);
  const name = NAME.test(named) ? bareName(named) : '';
  const below = `${inner ?? '/'}${query}`;
  if (name !== '')
    return queued ? { kind: 'async', name, calledAs: named, path: below } : { kind: 'function', name, path: below };
  if (path === '/system' || path.startsWith('/system/')) {
    return { kind: 'system', path: path.slice('/system'.length), query: new URLSearchParams(query) };
  }
  if (path === '/healthz') return { kind: 'health' };
  if (['', '/'].includes(path)) return { kind: 'home' };
  if (['/ui', '/ui/'].includes(path)) return { kind: 'status' };
  if (path === '/openapi.json' || path === `${DOCS}/openapi.json`) return { kind: 'openapi' };
  if (path === DOCS || path.startsWith(`${DOCS}/`)) return { kind: 'docs', file: path.slice(DOCS.length + 1) };
  return { kind: 'unknown' };
}

/** Only visible ASCII, and every `%` followed by two hex digits. */
function isPath(path: string, origin: string): boolean {
  if (path === '') return origin !== '';
  return path.startsWith('/') && /^[\x21-\x7e]*$/.test(path) && !/%(?![0-9a-fA-F]{2})/.test(path);
}

/** Unchanged if it is not valid UTF-8. */
function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

function encoded(path: string): string {
  return encodeURI(path).replaceAll('?', '%3F').replaceAll('#', '%23');
}

/** Without `//`, `/./` and `/../`, as in OpenFaaS's gateway; a trailing slash stays. */
function cleanPath(path: string): string {
  if (path === '') return path;
  const kept: string[] = [];
  for (const part of path.split('/')) {
    if (part === '..') kept.pop();
    else if (part !== '' && part !== '.') kept.push(part);
  }
  return `/${kept.join('/')}${path.endsWith('/') && kept.length > 0 ? '/' : ''}`;
}
