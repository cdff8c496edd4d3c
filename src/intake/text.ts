import { Problem } from '#contract/problems';
import { decodeBase64 } from './base64.ts';
import { decodeDataUrl, isDataUrl } from './data-url.ts';
import { refusal, sniff } from './sniff.ts';
import { TextSlice } from './text-slice.ts';

/** A text of a request: a short string, or a slice of the body. */
export type Text = string | TextSlice;

export function isTextValue(value: unknown): value is Text {
  return typeof value === 'string' || value instanceof TextSlice;
}

/** Whether a text is meant as an address to fetch. */
export function isAddress(text: string): boolean {
  return /^[a-z][a-z0-9+.-]*:\/\/\S+$/i.test(text.trim()) && !isDataUrl(text);
}

/**
 * A field that must hold a picture as base64 or data URL.
 * @throws Problem `option-invalid`
 */
export async function pictureText(text: Text, field: string): Promise<Buffer> {
  const plain = typeof text === 'string' ? Buffer.from(text) : await text.unescaped();
  const bytes = plain && (isDataUrl(plain) ? await decodeDataUrl(plain) : await decodeBase64(plain));
  if (bytes) return bytes;
  const told =
    typeof text === 'string' && isAddress(text)
      ? `"${field}" holds an address; an address belongs in "url".`
      : `"${field}" is neither base64 nor a data URL.`;
  throw new Problem('option-invalid', told, { members: { option: field } });
}

/** Characters to decode to detect what a text is; enough for every signature. */
const HEAD = 256;

/**
 * A text body that is base64 of a picture, or a data URL → bytes. A word that merely looks like base64 is unchanged.
 */
export async function pictureFromText(body: Buffer): Promise<Buffer | undefined> {
  if (isDataUrl(body)) return decodeDataUrl(body);
  const head = body.subarray(0, HEAD);
  const begun =
    /^[\sA-Za-z0-9+/_=-]{16,}/.test(head.toString('latin1')) && Buffer.from(head.toString('latin1'), 'base64');
  const named = begun && (sniff(begun) || refusal(begun).code === 'format-unsupported');
  return named ? decodeBase64(body) : undefined;
}

/** Converts UTF-8 or UTF-16 with a byte order mark to plain UTF-8; PowerShell writes both. */
export function withoutMark(body: Buffer): Buffer {
  const [first, second] = body;
  if (first === 0xef && second === 0xbb && body[2] === 0xbf) return body.subarray(3);
  if (first === 0xff && second === 0xfe) return Buffer.from(new TextDecoder('utf-16le').decode(body));
  if (first === 0xfe && second === 0xff) return Buffer.from(new TextDecoder('utf-16be').decode(body));
  return body;
}
