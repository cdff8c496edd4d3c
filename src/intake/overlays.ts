import { TIMES } from '#config/times';
import { Problem } from '#contract/problems';
import { type Caller, held } from './body-budget.ts';
import { fromAddress } from './from-address.ts';
import { checkHeader, type Picture } from './header.ts';
import type { Limits } from './limits.ts';
import { readRef } from './ref-source.ts';
import { isAddress } from './text.ts';
import { type UrlRules, urlRulesFromEnv } from './url-rules.ts';

/** Most different overlays of one request. */
const MOST = 4;

export interface OverlayRules {
  /** The caller's word for the pictures, and the field for uploading one: `watermark`. */
  field: string;
  limits: Limits;
  url?: UrlRules | undefined;
}

/**
 * Loads the overlays that an operation needs. They share the limits of bytes and time of one picture; each different
 * one is loaded once.
 * @param names each `upload` (what was sent in the field), an http address, or a ref
 * @returns in the order of the names
 * @throws Problem as `parseRequest` does, naming the field
 */
export async function readOverlays(
  names: readonly string[],
  uploaded: Buffer | undefined,
  { field, limits, url }: OverlayRules,
  caller: Caller,
): Promise<Picture[]> {
  const different = new Set(names);
  if (uploaded && !different.has('upload')) throw useless(field);
  if (different.size > MOST) throw tooMany(field);
  const found = new Map<string, Picture>();
  const until = performance.now() + TIMES.source;
  let left = limits.maxBytes;
  for (const name of different) {
    try {
      const timeout = Math.max(1, Math.ceil(until - performance.now()));
      const rules = () => ({ ...(url ?? urlRulesFromEnv(left)), maxBytes: left, timeout });
      const bytes = await bytesOf(name, uploaded, { field, left, rules }, caller);
      left -= bytes.length;
      found.set(name, await checkHeader(bytes, limits, caller.signal));
    } catch (error) {
      throw aboutField(error, field);
    }
  }
  return names.map((name) => found.get(name) as Picture);
}

async function bytesOf(
  name: string,
  uploaded: Buffer | undefined,
  { field, left, rules }: { field: string; left: number; rules: () => UrlRules },
  caller: Caller,
): Promise<Buffer> {
  if (name === 'upload') {
    if (uploaded) return uploaded;
    throw new Problem('source-missing', `send it in the field "${field}", or name it: picture=https://….`);
  }
  return isAddress(name) ? fromAddress(name, rules(), caller) : held(left, caller, () => readRef(name, left));
}

/** Names the picture that the problem is about. */
function aboutField(error: unknown, field: string): unknown {
  if (!(error instanceof Problem)) return error;
  const { code, message, members, headers, cause } = error;
  return new Problem(code, `About the ${field}: ${message}`, { members: { ...members, field }, headers, cause });
}

function useless(field: string): Problem {
  return new Problem('option-unknown', `Nothing here uses the "${field}" that was sent; leave it out.`, {
    members: { option: field },
  });
}

function tooMany(field: string): Problem {
  return new Problem('option-invalid', `A request may have at most ${MOST} different ${field} pictures.`, {
    members: { option: field },
  });
}
