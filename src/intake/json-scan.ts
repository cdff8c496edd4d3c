import { Problem } from '#contract/problems';
import { formatBytes } from '#kit/bytes';

/** Limits of a JSON body, checked before it is parsed. */
export const JSON_LIMITS = {
  /** Bytes other than its long texts: keys, numbers, brackets, short texts, white space. */
  rest: 1024 * 1024,
  /** Nesting depth of arrays and objects. */
  depth: 32,
  /** Keys and list entries in total. */
  values: 20_000,
  /** Bytes from which a text counts as long: a picture rather than a word. */
  longText: 1_024,
} as const;

/** The position of a text in its body, between its quotes. */
export interface Span {
  from: number;
  to: number;
}

const CHAR = { quote: 0x22, comma: 0x2c, colon: 0x3a, backslash: 0x5c };
const OPEN: Record<number, '{' | '['> = { 123: '{', 91: '[' };
const CLOSE: Record<number, true> = { 125: true, 93: true };

/**
 * Finds the long texts of a JSON body. Fails after about `JSON_LIMITS.rest` other bytes, so that no body blocks the
 * event loop. It does not validate the JSON: the parser of the rest does.
 * @throws Problem `body-too-large` or `json-invalid`
 */
export function findLongTexts(body: Buffer): Span[] {
  return new Scan(body).run();
}

class Scan {
  readonly #body: Buffer;
  readonly #found: Span[] = [];
  /** The open arrays and objects around the current position. */
  readonly #open: ('{' | '[')[] = [];
  #left: number = JSON_LIMITS.rest;
  #values = 0;
  /** The last byte that was neither white space nor inside a text. */
  #before = 0;

  constructor(body: Buffer) {
    this.#body = body;
  }

  run(): Span[] {
    for (let at = 0; at < this.#body.length; ) {
      const byte = this.#body[at] as number;
      at = byte === CHAR.quote ? this.#text(at + 1) : this.#mark(byte, at);
    }
    return this.#found;
  }

  #mark(byte: number, at: number): number {
    this.#spend(1);
    if (OPEN[byte]) this.#nest(OPEN[byte]);
    else if (CLOSE[byte]) this.#open.pop();
    else if (byte === CHAR.comma) this.#count();
    if (byte > 0x20) this.#before = byte;
    return at + 1;
  }

  /** @returns the position after the closing quote */
  #text(from: number): number {
    const to = this.#closingQuote(from);
    const isKey = this.#open.at(-1) === '{' && this.#before !== CHAR.colon;
    if (to - from >= JSON_LIMITS.longText && !isKey) this.#found.push({ from, to });
    else this.#spend(to - from + 2);
    this.#before = CHAR.quote;
    return to + 1;
  }

  #closingQuote(from: number): number {
    for (let at = from; ; at += 1) {
      at = this.#body.indexOf(CHAR.quote, at);
      if (at < 0) throw invalid('a text does not end.');
      let slashes = 0;
      while (at - slashes > from && this.#body[at - slashes - 1] === CHAR.backslash) {
        slashes += 1;
        this.#spend(1);
      }
      if (slashes % 2 === 0) return at;
    }
  }

  #nest(bracket: '{' | '['): void {
    this.#open.push(bracket);
    this.#count();
    if (this.#open.length <= JSON_LIMITS.depth) return;
    throw invalid(`it is nested more than ${JSON_LIMITS.depth} deep.`, { maxDepth: JSON_LIMITS.depth });
  }

  #count(): void {
    this.#values += 1;
    if (this.#values <= JSON_LIMITS.values) return;
    const { values } = JSON_LIMITS;
    throw invalid(`it has more than ${values} keys and list entries, which is the most here.`, { maxValues: values });
  }

  #spend(bytes: number): void {
    this.#left -= bytes;
    if (this.#left >= 0) return;
    throw new Problem(
      'body-too-large',
      `The JSON has more than ${formatBytes(JSON_LIMITS.rest)} beside the pictures in it, which is the most here.`,
      { members: { maxBytes: JSON_LIMITS.rest } },
    );
  }
}

function invalid(why: string, members: Record<string, unknown> = {}): Problem {
  return new Problem('json-invalid', `The body is not JSON that is read here: ${why}`, { members });
}
