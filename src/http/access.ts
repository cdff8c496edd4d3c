import { envNumber, envText } from '#config/env';
import { readSecret } from '#config/secrets';
import { Problem } from '#contract/problems';
import type { FunctionEvent, StreamHandler } from '#handler';
import { keyCheck } from '#http/access-keys';
import { isSignedBy } from '#http/access-signature';

/*
 * Who may call a function: everybody, unless its operator sets ACCESS_KEYS or ACCESS_SIGNING (docs/access.md).
 */

/** The parts of a request that are checked; returned without those that were only for the check. */
type AccessRequest = Pick<FunctionEvent, 'method' | 'path' | 'query' | 'headers'>;

/**
 * Checks a request.
 * @returns the request without the parameters of its signature
 * @throws Problem `unauthorized`, `busy`, `signature-invalid` or `expired`
 */
export type Admit = <Event extends AccessRequest>(event: Event) => Event;

/**
 * The check for this function, from `ACCESS_KEYS` and `ACCESS_SIGNING`, each the name of a secret with one key on each
 * line, and `ACCESS_RATE`. Without both, everybody may call it; with both, a key or a signature is enough.
 * @param name the function's name in stack.yml, which is part of the signed text
 * @throws Error at start-up if a secret is missing, so that a function is never open by mistake
 */
export function accessFromEnv(name: string): Admit {
  const keys = keysOf('ACCESS_KEYS');
  const signing = keysOf('ACCESS_SIGNING');
  const checkKey = keys && keyCheck(keys, envNumber('ACCESS_RATE', 0, { min: 0, max: 1_000_000 }));
  return (event) => {
    if (signing && (event.query.signature !== undefined || !checkKey)) return checkSignature(event, name, signing);
    checkKey?.(event.headers);
    return event;
  };
}

/** A handler behind {@link accessFromEnv}: `export default guarded('clip-fn', handle)`. */
export function guarded(name: string, handle: StreamHandler): StreamHandler {
  const admit = accessFromEnv(name);
  return (event, context) => handle(admit(event), context);
}

const SHORTEST_KEY = 16;

function keysOf(variable: string): string[] | undefined {
  const secret = envText(variable, '');
  if (secret === '') return undefined;
  const lines = (readSecret(secret) ?? '').split('\n').map((line) => line.trim());
  const keys = lines.filter((line) => line !== '' && !line.startsWith('#'));
  if (keys.length > 0 && keys.every(({ length }) => length >= SHORTEST_KEY)) return keys;
  throw new Error(
    `${variable} names the secret "${secret}", which must hold keys of at least ${SHORTEST_KEY} characters, ` +
      'one a line.',
  );
}

function checkSignature<Event extends AccessRequest>(event: Event, name: string, keys: string[]): Event {
  const { signature, ...query } = event.query;
  if (typeof signature !== 'string' || !isSignedBy(keys, { name, path: event.path, query }, signature)) {
    throw invalid('This address is not signed, or was changed after that; ask for a new one.');
  }
  // A body could contain options that are not signed.
  const { headers, method } = event;
  const bodiless = !headers['transfer-encoding'] && Number(headers['content-length'] ?? 0) === 0;
  if ((method !== 'GET' && method !== 'HEAD') || !bodiless) {
    throw invalid('A signed address is for GET and HEAD, without a body.');
  }
  const { expires, ...rest } = query;
  const until = Number(expires);
  if (!Number.isFinite(until)) throw invalid('A signed address needs "expires", in seconds since 1970.');
  if (Date.now() > until * 1_000) throw new Problem('expired', 'This address has expired; ask for a new one.');
  return { ...event, query: rest };
}

function invalid(detail: string): Problem {
  return new Problem('signature-invalid', detail);
}
