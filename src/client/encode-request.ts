import type { Call } from '#client/function-client';

/** Options of a function; undefined ones are omitted. */
export type SentOptions = Record<string, SentText | SentGroups | undefined>;
type SentText = string | number | boolean | string[];
/** Lists by name, such as classes by example; buffers are pictures. */
export type SentGroups = { readonly [name: string]: readonly unknown[] };

/** The longest query: Node's servers allow 16 KiB for all headers of a request, including its first line. */
const MAX_QUERY = 6_000;

/**
 * Encodes a picture and options: the picture as the body and the options in the query if they fit, otherwise everything
 * as JSON (for two thousand labels, or labels with commas).
 * @param picture one or several (always JSON); undefined if there is none, or if `options.url` names it
 */
export function encodeRequest(
  options: SentOptions,
  picture?: Buffer | readonly Buffer[],
): Pick<Call, 'query' | 'body' | 'headers'> {
  const present = Object.entries(options).filter(([, value]) => value !== undefined);
  const texts = present.filter((entry): entry is [string, SentText] => !isGroups(entry[1]) && !isParted(entry[1]));
  const pairs = texts.flatMap(([name, value]) => [value].flat().map((item): [string, string] => [name, String(item)]));
  const fits = texts.length === present.length && new URLSearchParams(pairs).toString().length <= MAX_QUERY;
  if (fits && (picture === undefined || Buffer.isBuffer(picture))) {
    return { query: Object.fromEntries(texts), ...(picture && { body: picture }) };
  }
  const image = picture && (Buffer.isBuffer(picture) ? { image: picture } : { images: picture });
  return {
    body: jsonOf({ ...Object.fromEntries(present), ...image }),
    headers: { 'content-type': 'application/json' },
  };
}

/** Bytes that are encoded at a time; a multiple of three, so that only the last part is padded. */
const PIECE = 48 * 1024;

/**
 * Encodes JSON with buffers as base64, directly into the result, so that large pictures are copied once and not four
 * times.
 */
function jsonOf(value: unknown): Buffer {
  const pieces = [...piecesOf(value)];
  const sizes = pieces.map((piece) => (typeof piece === 'string' ? Buffer.byteLength(piece) : base64Length(piece)));
  const json = Buffer.allocUnsafe(sizes.reduce((sum, size) => sum + size, 0));
  let end = 0;
  for (const piece of pieces) {
    if (typeof piece === 'string') end += json.write(piece, end);
    else {
      for (let from = 0; from < piece.length; from += PIECE)
        end += json.write(piece.toString('base64', from, from + PIECE), end, 'latin1');
    }
  }
  return json;
}

const base64Length = ({ length }: Buffer): number => Math.ceil(length / 3) * 4;

function* piecesOf(value: unknown): Generator<string | Buffer> {
  if (Buffer.isBuffer(value)) yield* ['"', value, '"'];
  else if (Array.isArray(value)) {
    for (const [index, item] of value.entries()) {
      yield index === 0 ? '[' : ',';
      yield* piecesOf(item ?? null);
    }
    yield value.length === 0 ? '[]' : ']';
  } else if (typeof value === 'object' && value !== null) {
    const entries = Object.entries(value).filter(([, item]) => item !== undefined);
    for (const [index, [name, item]] of entries.entries()) {
      yield `${index === 0 ? '{' : ','}${JSON.stringify(name)}:`;
      yield* piecesOf(item);
    }
    yield entries.length === 0 ? '{}' : '}';
  } else yield JSON.stringify(value) ?? 'null';
}

function isGroups(value: SentOptions[string]): value is SentGroups {
  return typeof value === 'object' && !Array.isArray(value);
}

/** Whether a function would split an entry of this list if it were sent as repeated text. */
function isParted(value: SentOptions[string]): boolean {
  return Array.isArray(value) && value.some((item) => /,|^\s*\[/.test(item));
}
