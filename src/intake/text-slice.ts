import { decodePercent } from './data-url.ts';
import { decodeInPieces } from './pieces.ts';

/** How the text stands in its body: as JSON writes strings, as forms do, or as it is. */
export type Escaping = 'json' | 'form' | 'none';

const SHOWN = 100;

/**
 * A long text that still lies in the body it came in: a picture as base64 is never made a JavaScript string. Where an
 * option turns out to be one, messages show its beginning.
 */
export class TextSlice {
  readonly bytes: Buffer;
  readonly escaping: Escaping;

  constructor(bytes: Buffer, escaping: Escaping) {
    this.bytes = bytes;
    this.escaping = escaping;
  }

  /** The text without its escapes, as bytes; `undefined` when these are damaged. */
  async unescaped(): Promise<Buffer | undefined> {
    if (this.escaping === 'none') return this.bytes;
    // A `+` may be one that should have been escaped, and in base64 there are no spaces.
    if (this.escaping === 'form') return decodePercent(this.bytes);
    if (!this.bytes.includes('\\')) return this.bytes;
    return decodeInPieces(this.bytes, { mark: 0x5c, longest: 6 }, jsonPiece);
  }

  /** The whole text. @throws SyntaxError when its escapes are damaged */
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
