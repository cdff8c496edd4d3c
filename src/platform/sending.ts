import type { Call } from '#platform/siblings';

/** Options of a function as a caller has them; undefined ones are left out. */
export type SentOptions = Record<string, SentText | SentGroups | undefined>;
type SentText = string | number | boolean | string[];
/** Lists by name, such as classes by example. */
export type SentGroups = { readonly [name: string]: readonly unknown[] };

/** Of a query; Node's servers allow 16 KiB for all headers of a request, its first line included. */
const MAX_QUERY = 6_000;

/**
 * A picture and options as one request of a function: the picture as it is and the options in the query while they
 * fit there, all of it as JSON otherwise (two thousand labels are no query, nor are labels with commas).
 * @param picture its bytes; undefined where there is none, or where `options.url` names it
 */
export function asRequest(options: SentOptions, picture?: Buffer): Pick<Call, 'query' | 'body' | 'headers'> {
  const given = Object.entries(options).filter(([, value]) => value !== undefined);
  const texts = given.filter((entry): entry is [string, SentText] => !isGroups(entry[1]) && !isParted(entry[1]));
  const pairs = texts.flatMap(([name, value]) => [value].flat().map((item): [string, string] => [name, String(item)]));
  if (texts.length === given.length && new URLSearchParams(pairs).toString().length <= MAX_QUERY) {
    return { query: Object.fromEntries(texts), ...(picture && { body: picture }) };
  }
  const image = picture && { image: picture.toString('base64') };
  return {
    body: Buffer.from(JSON.stringify({ ...Object.fromEntries(given), ...image })),
    headers: { 'content-type': 'application/json' },
  };
}

function isGroups(value: SentOptions[string]): value is SentGroups {
  return typeof value === 'object' && !Array.isArray(value);
}

/** Whether a function would part an entry of this list again, were it sent as repeated text. */
function isParted(value: SentOptions[string]): boolean {
  return Array.isArray(value) && value.some((item) => /,|^\s*\[/.test(item));
}
