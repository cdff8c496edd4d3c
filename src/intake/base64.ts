import { setImmediate as turn } from 'node:timers/promises';
import { PIECE } from './pieces.ts';

const [SPACE, EQUALS] = [0x20, 0x3d];

/**
 * base64 (RFC 4648, both alphabets, with or without padding and line breaks) → bytes; `undefined` if it is not base64.
 * A space counts as `+` where an unescaped form or query turned it into one. Long texts are decoded in chunks, with
 * turns of the event loop in between.
 * @param text ASCII
 */
export async function decodeBase64(text: Buffer): Promise<Buffer | undefined> {
  const digits = withoutPadding(text);
  if (digits.length < 2) return undefined;
  const plus = spacesArePluses(digits);
  const out = Buffer.allocUnsafeSlow(Math.ceil((digits.length * 3) / 4));
  let size = 0;
  let rest = '';
  for (let at = 0; at < digits.length; at += PIECE) {
    if (at > 0) await turn();
    const clean = rest + cleaned(digits.toString('latin1', at, Math.min(at + PIECE, digits.length)), plus);
    if (!/^[A-Za-z0-9+/_-]*$/.test(clean)) return undefined;
    const whole = at + PIECE < digits.length ? clean.length - (clean.length % 4) : clean.length;
    size += out.write(clean.slice(0, whole), size, 'base64');
    rest = clean.slice(whole);
  }
  return size > 0 ? out.subarray(0, size) : undefined;
}

/** Removes surrounding white space and the padding, at most two `=`. */
function withoutPadding(text: Buffer): Buffer {
  let [from, to] = [0, text.length];
  while (from < to && isSpace(text[from])) from += 1;
  for (let padding = 0; to > from; to -= 1) {
    if (text[to - 1] === EQUALS && padding < 2) padding += 1;
    else if (!isSpace(text[to - 1])) break;
  }
  return text.subarray(from, to);
}

function isSpace(byte = 0): boolean {
  return byte === SPACE || (byte >= 0x09 && byte <= 0x0d);
}

function cleaned(piece: string, plus: boolean): string {
  return (plus ? piece.replace(/ /g, '+') : piece).replace(/\s+/g, '');
}

/** Chunks of a text to examine to find out what its spaces are. */
const LOOKED_AT = 8;

/**
 * Whether spaces inside base64 stand for `+`. They do, unless there is a real `+` as well, or they separate lines: then
 * there is a line break among them, or all chunks have the same length.
 */
function spacesArePluses(digits: Buffer): boolean {
  if (!digits.includes(SPACE) || digits.includes('+') || digits.includes('\n') || digits.includes('\r')) return false;
  const lengths: number[] = [];
  for (let at = 0; lengths.length < LOOKED_AT && at < digits.length; ) {
    const end = digits.indexOf(SPACE, at);
    if (end < 0) break;
    lengths.push(end - at);
    at = end + 1;
  }
  const [line = 0] = lengths;
  return line < 32 || line % 4 !== 0 || lengths.some((length) => length !== line);
}
