import type { IncomingHttpHeaders } from 'node:http';
import { Problem } from '#contract/problems';
import { createRate } from '#http/rate';
import { equalSecrets } from '#kit/equal-secrets';

/**
 * Checks the key of a request: `Authorization: Bearer KEY` or `X-Api-Key: KEY`.
 * @param perMinute requests per minute for each key in this process; 0 for no limit
 * @returns a function that throws Problem `unauthorized`, or `busy` with `Retry-After`
 */
export function keyCheck(keys: readonly string[], perMinute: number): (headers: IncomingHttpHeaders) => void {
  const known = keys.map((key) => ({ key, use: rateOf(perMinute) }));
  return (headers) => {
    const sent = keyOf(headers);
    // All keys are compared, so that the time does not depend on which one matches.
    const fitting = known.filter(({ key }) => equalSecrets(sent, key));
    if (fitting.length === 0) throw unauthorized();
    fitting[0]?.use();
  };
}

/** A sixth of a minute's requests may arrive at once. */
function rateOf(perMinute: number): () => void {
  return perMinute === 0 ? () => undefined : createRate({ perMinute, burst: Math.ceil(perMinute / 6) });
}

function keyOf(headers: IncomingHttpHeaders): string {
  const [, bearer] = /^Bearer +(\S+)$/i.exec(headers.authorization ?? '') ?? [];
  const own = headers['x-api-key'];
  return bearer ?? (typeof own === 'string' ? own : '');
}

function unauthorized(): Problem {
  return new Problem('unauthorized', 'Send your key, as "Authorization: Bearer …" or "X-Api-Key: …".', {
    headers: { 'www-authenticate': 'Bearer' },
  });
}
