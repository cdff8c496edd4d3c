import { Problem } from '#platform/problems';
import { sniff } from './sniff.ts';

const DATA_URL = /^data:[\w.+/-]*(?:;[\w=.+-]+)*;base64,/i;

/**
 * base64 or a data URL → bytes; `undefined` when the text is neither.
 * Line breaks are allowed, as `base64` and `openssl` print them; the URL-safe alphabet too.
 */
export function decodeBase64(text: string): Buffer | undefined {
  const body = text.replace(DATA_URL, '').replace(/\s+/g, '');
  if (body.length < 4 || !/^[A-Za-z0-9+/_-]+={0,2}$/.test(body)) return undefined;
  return Buffer.from(body, 'base64');
}

/** Whether a text is meant as an address to fetch. */
export function isAddress(text: string): boolean {
  return /^[a-z][a-z0-9+.-]*:\/\/\S+$/i.test(text.trim()) && !DATA_URL.test(text);
}

/** A field that must hold a picture as base64 or data URL. */
export function pictureText(text: string, field: string): Buffer {
  const bytes = decodeBase64(text);
  if (!bytes)
    throw new Problem('option-invalid', `"${field}" is neither base64 nor a base64 data URL.`, {
      members: { option: field },
    });
  return bytes;
}

/** A text body that is base64 of a picture → its bytes. A word that merely looks like base64 stays what it is. */
export function pictureFromText(body: Buffer): Buffer | undefined {
  const head = body.toString('latin1', 0, 64);
  if (!DATA_URL.test(head) && !/^[\sA-Za-z0-9+/_=-]{16,}/.test(head)) return undefined;
  const bytes = decodeBase64(body.toString('latin1'));
  return bytes && (DATA_URL.test(head) || sniff(bytes)) ? bytes : undefined;
}
