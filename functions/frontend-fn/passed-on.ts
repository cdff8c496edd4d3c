import type { Answer } from '#client/function-client';

const HEADERS = ['server-timing', 'x-image-width', 'x-image-height', 'x-cache'];

/** What of a function's answer its caller should know as well. */
export function passedOn(answer: Answer): Record<string, string> {
  const known = HEADERS.filter((name) => answer.headers[name] !== undefined);
  return {
    'cache-control': 'no-store',
    ...Object.fromEntries(known.map((name) => [name, answer.headers[name] ?? ''])),
  };
}
