import { randomBytes } from 'node:crypto';
import { Problem } from '#contract/problems';
import { findLongTexts } from './json-scan.ts';
import { TextSlice } from './text-slice.ts';

/** Placeholder for a long text while the rest is parsed; clients cannot guess it. */
const PLACEHOLDER = randomBytes(16).toString('hex');

/**
 * Parses a JSON body whose pictures are long texts: those stay in the body ({@link TextSlice}), and only the small rest
 * is parsed.
 * @param body UTF-8, without a byte order mark
 * @returns the object without `null` members; a JSON string as `{image: text}`
 * @throws Problem `json-invalid` or `body-too-large`
 */
export function readJsonBody(body: Buffer): Record<string, unknown> {
  const { slices, rest } = split(body);
  let value: unknown;
  try {
    value = JSON.parse(rest, (_, item) =>
      isPlaceholder(item) ? slices[Number(item.slice(PLACEHOLDER.length))] : item,
    );
  } catch {
    throw new Problem('json-invalid', 'The body is not valid JSON.');
  }
  if (typeof value === 'string' || value instanceof TextSlice) return { image: value };
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new Problem('json-invalid', 'The JSON body must be an object such as {"image": "<base64>"}.');
  }
  return Object.fromEntries(Object.entries(value).filter(([, item]) => item !== null));
}

function isPlaceholder(item: unknown): item is string {
  return typeof item === 'string' && item.startsWith(PLACEHOLDER);
}

/** A JSON text with each of its long texts replaced by a short one. */
function split(body: Buffer): { slices: TextSlice[]; rest: string } {
  const spans = findLongTexts(body);
  const parts: string[] = [];
  let at = 0;
  for (const [index, { from, to }] of spans.entries()) {
    parts.push(body.toString('utf8', at, from), `${PLACEHOLDER}${index}`);
    at = to;
  }
  parts.push(body.toString('utf8', at));
  return { slices: spans.map(({ from, to }) => new TextSlice(body.subarray(from, to), 'json')), rest: parts.join('') };
}
