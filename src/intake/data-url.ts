import { decodeBase64 } from './base64.ts';
import { decodeInPieces } from './pieces.ts';

/** The part before the data: a media type with its parameters. */
const MAX_HEAD = 8_192;
const [QUOTE, BACKSLASH, COMMA, HASH] = ['"', '\\', ',', '#'];

/** Whether a text is meant as a data URL. */
export function isDataUrl(text: string | Buffer): boolean {
  return /^\s*data:/i.test(typeof text === 'string' ? text.slice(0, 64) : text.toString('latin1', 0, 64));
}

/**
 * A data URL (RFC 2397) → its data; `undefined` if it is not one or its data cannot be decoded. The media type may be
 * omitted and have any parameters, quoted or percent-escaped; the data may be base64 or percent-escaped, or both.
 * @param text ASCII
 */
export async function decodeDataUrl(text: Buffer): Promise<Buffer | undefined> {
  const head = text.toString('latin1', 0, MAX_HEAD);
  const comma = isDataUrl(head) ? commaOutsideQuotes(head) : -1;
  if (comma < 0) return undefined;
  const hash = text.indexOf(HASH, comma);
  const data = await decodePercent(text.subarray(comma + 1, hash < 0 ? text.length : hash));
  return /;\s*base64\s*$/i.test(head.slice(0, comma)) ? data && decodeBase64(data) : data;
}

/** Percent-escapes (RFC 3986) → bytes; any other `%` stays. */
export async function decodePercent(text: Buffer): Promise<Buffer | undefined> {
  if (!text.includes('%')) return text;
  return decodeInPieces(text, { mark: 0x25, longest: 3 }, (piece) =>
    Buffer.from(
      piece.toString('latin1').replace(/%([0-9a-f]{2})/gi, (_, hex) => String.fromCharCode(Number.parseInt(hex, 16))),
      'latin1',
    ),
  );
}

function commaOutsideQuotes(head: string): number {
  let quoted = false;
  for (let at = 0; at < head.length; at += 1) {
    if (head[at] === COMMA && !quoted) return at;
    if (head[at] === QUOTE) quoted = !quoted;
    else if (head[at] === BACKSLASH && quoted) at += 1;
  }
  // Unclosed quotes are ordinary characters.
  return head.indexOf(COMMA);
}
