import { Problem } from '#contract/problems';
import { formatBytes } from '#kit/bytes';
import { JSON_LIMITS } from './json-scan.ts';
import { TextSlice } from './text-slice.ts';

/** Most pairs of a form; two thousand labels and all options are fewer. */
export const MAX_PAIRS = 2_100;
const MAX_NAME = 200;
const [AND, EQUALS] = [0x26, 0x3d];

/**
 * Reads `application/x-www-form-urlencoded` (WHATWG URL §5.1). Long values, which are
 * pictures in base64, stay in the body.
 * @returns names and values in order, without empty values: browsers send every field of a form
 * @throws Problem `option-invalid` or `body-too-large`
 */
export function readUrlencoded(body: Buffer): [string, string | TextSlice][] {
  const pairs: [string, string | TextSlice][] = [];
  let left: number = JSON_LIMITS.rest;
  for (let at = 0; at < body.length; ) {
    const end = body.indexOf(AND, at) < 0 ? body.length : body.indexOf(AND, at);
    const pair = body.subarray(at, end);
    at = end + 1;
    const equals = pair.subarray(0, MAX_NAME).indexOf(EQUALS);
    if (equals >= 0 && pair.length - equals > JSON_LIMITS.longText) {
      pairs.push([nameOf(pair.subarray(0, equals)), new TextSlice(pair.subarray(equals + 1), 'form')]);
    } else {
      left -= pair.length + 1;
      pairs.push(...new URLSearchParams(pair.toString('utf8')));
    }
    if (left < 0 || pairs.length > MAX_PAIRS) throw tooMuch();
  }
  return pairs.filter(([, value]) => value !== '');
}

/** Whether a body declared as such a form looks like one: `name=value`, and not base64 that ends in `=`. */
export function looksUrlencoded(body: Buffer): boolean {
  return /^[\w.~%+*[\]-]{1,200}=(?!=?\s*$)/.test(body.toString('latin1', 0, MAX_NAME + 8)) || body.includes(AND);
}

function nameOf(written: Buffer): string {
  return [...new URLSearchParams(`${written.toString('utf8')}=`).keys()][0] ?? '';
}

function tooMuch(): Problem {
  return new Problem(
    'body-too-large',
    `A form may have ${MAX_PAIRS} fields and ${formatBytes(JSON_LIMITS.rest)} beside its pictures; this one has more.`,
    { members: { maxFields: MAX_PAIRS, maxBytes: JSON_LIMITS.rest } },
  );
}
