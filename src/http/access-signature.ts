import { createHmac } from 'node:crypto';
import { equalSecrets } from '#kit/equal-secrets';

/*
 * Signed URLs: whoever has one may fetch it until it expires. The signature covers the function's name, the path within
 * it and the whole query, including `expires`, in a canonical form (docs/access.md):
 *
 *   transform-fn/
 *   chain=resize%3A512&expires=1790000000&url=https%3A%2F%2Fexample.com%2Fcat.jpg
 */

type Query = Record<string, string | string[]>;

/** The signed parts of a request. */
export interface Signed {
  /** As in stack.yml. */
  name: string;
  /** The path within the function; `/` if nothing follows its name. */
  path: string;
  /** Without `signature`. */
  query: Query;
}

/** The text that is signed: parameters are percent-encoded as by encodeURIComponent, then sorted. */
export function signedText({ name, path, query }: Signed): string {
  const pairs = Object.entries(query).flatMap(([key, values]) =>
    [values].flat().map((value) => `${encodeURIComponent(key)}=${encodeURIComponent(value)}`),
  );
  return `${name}${path}\n${pairs.sort().join('&')}`;
}

/** HMAC-SHA256 in base64url. */
export function sign(signed: Signed, key: string): string {
  return createHmac('sha256', key).update(signedText(signed)).digest('base64url');
}

/** Whether a signature was made with one of the keys; compared with all of them, in constant time. */
export function isSignedBy(keys: readonly string[], signed: Signed, signature: string): boolean {
  return keys.map((key) => equalSecrets(signature, sign(signed, key))).includes(true);
}

/**
 * Signs the URL of a function behind a gateway, `https://gateway/function/NAME[/path]?query`.
 * @param expires seconds since 1970
 * @throws Error if it is not the URL of a function
 */
export function signAddress(address: string, key: string, expires: number): string {
  const url = new URL(address);
  const [, name, rest] = /^\/function\/([^/.]+)(?:\.[^/]*)?(\/.*)?$/.exec(url.pathname) ?? [];
  if (!name) throw new Error('The address must name a function: https://gateway/function/NAME?…');
  for (const name of ['expires', 'signature']) url.searchParams.delete(name);
  url.searchParams.set('expires', String(expires));
  const query: Query = Object.create(null);
  for (const parameter of new Set(url.searchParams.keys())) query[parameter] = url.searchParams.getAll(parameter);
  url.searchParams.set('signature', sign({ name, path: rest ?? '/', query }, key));
  return url.href;
}
