import { decodePercent } from './data-url.ts';
import { decodeInPieces } from './pieces.ts';

/** How the text is encoded in its body: as a JSON string, as in a form, or not at all. */
export type Escaping = 'json' | 'form' | 'none';

const SHOWN = 100;

/**
 * A long text that stays in its body: a picture in base64 never becomes a JavaScript string. If an option turns out to
 * be one, messages show its beginning.
 */
export class TextSlice {
  readonly bytes: Buffer;
  readonly escaping: Escaping;

  constructor(bytes: Buffer, escaping: Escaping) {
    this.bytes = bytes;
    this.escaping = escaping;
  }

  /** The text without escapes, as bytes; `undefined` if they are invalid. */
  async unescaped(): Promise<Buffer | undefined> {
    if (this.escaping === 'none') return this.bytes;
    // A `+` may be unescaped, and base64 has no spaces.
    if (this.escaping === 'form') return decodePercent(this.bytes);
    if (!this.bytes.includes('\\')) return this.bytes;
    return decodeInPieces(this.bytes, { mark: 0x5c, longest: 6 }, jsonPiece);
  }

  /** The whole text. @throws SyntaxError if its escapes are invalid */
  toString(): string {
    const text = this.bytes.toString('utf8');
    if (this.escaping === 'json') return JSON.parse(`"${text}"`);
    return this.escaping === 'form' ? (new URLSearchParams(`x=${text}`).get('x') ?? '') : text;
  }

  toJSON(): string {
    return this.bytes.toString('utf8', 0, SHOWN);
  }
}

function jsonPiece(piece: Buffer): Buffer | undefined {
  try {
    return Buffer.from(JSON.parse(`"${piece.toString('utf8')}"`));
  } catch {
    return undefined;
  }
}
