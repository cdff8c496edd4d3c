import type { Readable } from 'node:stream';
import { Repeated } from '#contract/options';
import { Problem } from '#contract/problems';
import type { FunctionEvent } from '#handler';
import { ceilingOf, readBody } from './body.ts';
import { withinBudget } from './body-budget.ts';
import { groupName } from './groups.ts';
import { readJsonBody } from './json-body.ts';
import { JSON_LIMITS } from './json-scan.ts';
import type { Limits } from './limits.ts';
import { readMultipart } from './multipart.ts';
import type { Raw } from './raw-request.ts';
import { readContent } from './request-body.ts';
import { isText, refusal, sniff } from './sniff.ts';
import { isAddress, pictureFromText, type Text, withoutMark } from './text.ts';
import { TextSlice } from './text-slice.ts';
import { looksUrlencoded, readUrlencoded } from './urlencoded.ts';

/** Fields for a picture rather than an option. */
const SOURCES = ['image', 'file', 'url', 'ref'];
/** The fields, also of a batch, that contain the picture itself. */
const PICTURES = ['image', 'file', 'images'];

export interface ReadRules {
  limits: Limits;
  /** Most files in a form. */
  mostFiles?: number | undefined;
  /** The field for a second picture. */
  second?: string | undefined;
  /** The field for named groups of pictures. */
  groups?: string | undefined;
}

/** Splits a request into its parts. @throws Problem as `parseRequest` does */
export function readRequest(event: FunctionEvent<Readable>, rules: ReadRules): Promise<Raw> {
  return withinBudget(event, rules.limits, () => takeApart(event, rules));
}

async function takeApart(event: FunctionEvent<Readable>, rules: ReadRules): Promise<Raw> {
  const query = separate(gathered(pairsOf(event.query), rules.groups));
  // A form with method GET also sends its empty fields.
  for (const name of SOURCES) if (query.sources[name] === '') delete query.sources[name];
  const body = await fromBody(event, rules);
  const isPicture = (field: string) => field === rules.groups || holdsPicture(field, rules);
  return merge(query, { ...body, options: withTexts(body.options, isPicture) });
}

export function ambiguous(sources: string[]): Problem {
  return new Problem('source-ambiguous', `Send one picture; this request has ${sources.join(' and ')}.`);
}

function holdsPicture(field: string, { second, groups }: ReadRules): boolean {
  return PICTURES.includes(field) || field === second || isOfGroup(field, groups);
}

function isOfGroup(field: string, groups: string | undefined): boolean {
  return groups !== undefined && groupName(field, groups) !== undefined;
}

async function fromBody(event: FunctionEvent<Readable>, rules: ReadRules): Promise<Raw> {
  const { limits, mostFiles, groups } = rules;
  const type = event.headers['content-type'] ?? '';
  const ceiling = ceilingOf(limits.maxBytes);
  return readContent(event, ceiling, async (content, length) => {
    if (/^\s*multipart\//i.test(type)) {
      const isPicture = (field: string) => holdsPicture(field, rules);
      const { files, fields } = await readMultipart(content, event.headers, { limits, isPicture, mostFiles });
      return { ...separate(gathered(fields, groups)), files };
    }
    return readWhole(await readBody(content, ceiling, length, limits.maxBytes), type, groups);
  });
}

/** Detects the kind of a complete body from its bytes, since clients send any content type with anything. */
async function readWhole(body: Buffer, type: string, groups: string | undefined): Promise<Raw> {
  if (body.length === 0) return { options: {}, sources: {} };
  if (sniff(body)) return { options: {}, sources: {}, bytes: body };
  const text = withoutMark(body);
  if (looksLikeJson(text, type)) return separate(readJsonBody(text));
  const decoded = await pictureFromText(text);
  if (decoded) return { options: {}, sources: {}, bytes: decoded };
  if (/^\s*application\/x-www-form-urlencoded/i.test(type) && looksUrlencoded(text)) {
    return separate(gathered(readUrlencoded(text), groups));
  }
  const head = text.toString('utf8', 0, 2_048);
  if (text.length < 2_048 && isAddress(head)) return { options: {}, sources: { url: head.trim() } };
  if (isJsonType(type) && isText(text)) throw new Problem('json-invalid', 'The body is not valid JSON.');
  throw refusal(body);
}

/** `application/json`, `text/json`, `application/problem+json`, … */
function isJsonType(type: string): boolean {
  return /^\s*(?:(?:application|text)\/json|[\w.-]+\/[\w.-]+\+json)\b/i.test(type);
}

/** An object under any type; under a JSON type, also a list or a string. */
function looksLikeJson(text: Buffer, type: string): boolean {
  let at = 0;
  while (at < JSON_LIMITS.rest && [0x20, 0x09, 0x0a, 0x0d].includes(text[at] ?? 0)) at += 1;
  const first = String.fromCharCode(text[at] ?? 0);
  return isJsonType(type) ? '{["'.includes(first) : first === '{' && isText(text.subarray(at));
}

function pairsOf(query: Record<string, string | string[] | undefined>): [string, string][] {
  return Object.entries(query).flatMap(([name, value]) =>
    value === undefined ? [] : [value].flat().map((one): [string, string] => [name, one]),
  );
}

/**
 * Names and values as text → values by name. Repeated names, and `name[]` and `name[0]`, become {@link Repeated}.
 * @param groups the field of groups, whose names stay unchanged: `examples[7]` is a group named 7
 */
function gathered(pairs: Iterable<[string, Text]>, groups?: string): Record<string, unknown> {
  const values = new Map<string, { texts: Text[]; repeated: boolean }>();
  for (const [written, value] of pairs) {
    const name = isOfGroup(written, groups) ? written : written.replace(/(?<=.)\[\d*\]$/, '');
    const before = values.get(name);
    if (before) before.texts.push(value);
    values.set(name, { texts: before?.texts ?? [value], repeated: before !== undefined || name !== written });
  }
  return Object.fromEntries(
    [...values].map(([name, { texts, repeated }]) => [name, repeated ? new Repeated(texts) : texts[0]]),
  );
}

/** Separates named sources from options. */
function separate(values: Record<string, unknown>): Raw {
  const sources = SOURCES.filter((name) => Object.hasOwn(values, name)).map((name) => [name, values[name]]);
  const options = Object.entries(values).filter(([name]) => !SOURCES.includes(name));
  return { options: Object.fromEntries(options), sources: Object.fromEntries(sources) };
}

/** Long texts of options → strings, as long as their total is within the limit for the rest of a body. */
function withTexts(options: Record<string, unknown>, isPicture: (field: string) => boolean): Record<string, unknown> {
  let left: number = JSON_LIMITS.rest;
  const texts = (value: unknown): unknown => {
    if (value instanceof TextSlice) {
      left -= value.bytes.length;
      return left < 0 ? value : asString(value);
    }
    if (value instanceof Repeated) return new Repeated(value.values.map(texts));
    if (Array.isArray(value)) return value.map(texts);
    if (typeof value !== 'object' || value === null) return value;
    return Object.fromEntries(Object.entries(value).map(([name, item]) => [name, texts(item)]));
  };
  return Object.fromEntries(
    Object.entries(options).map(([name, value]) => [name, isPicture(name) ? value : texts(value)]),
  );
}

function asString(slice: TextSlice): string {
  try {
    return slice.toString();
  } catch {
    throw new Problem('json-invalid', 'The body is not valid JSON.');
  }
}

function merge(query: Raw, body: Raw): Raw {
  for (const name of Object.keys(body.options)) {
    if (!Object.hasOwn(query.options, name)) continue;
    throw new Problem(
      'option-invalid',
      `Option "${name}" is given twice, in the query and in the body; give it once.`,
      { members: { option: name } },
    );
  }
  const twice = Object.keys(query.sources).find((name) => Object.hasOwn(body.sources, name));
  if (twice) throw ambiguous([`"${twice}" in the query`, `"${twice}" in the body`]);
  return {
    options: { ...query.options, ...body.options },
    sources: { ...query.sources, ...body.sources },
    bytes: body.bytes,
    files: body.files ?? [],
  };
}
