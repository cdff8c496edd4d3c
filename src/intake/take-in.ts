import type { Readable } from 'node:stream';
import type * as z from 'zod';
import type { FunctionEvent } from '#handler';
import { parseOptions } from '#platform/options';
import { Problem } from '#platform/problems';
import { readBody } from './body.ts';
import { fromAddress } from './from-address.ts';
import { checkHeader, type Picture } from './header.ts';
import { type Limits, limitsFromEnv } from './limits.ts';
import { type FormFile, readMultipart } from './multipart.ts';
import { readRef } from './ref-source.ts';
import { isText, refusal, sniff } from './sniff.ts';
import { isAddress, pictureFromText, pictureText } from './text.ts';
import { type UrlRules, urlRulesFromEnv } from './url-rules.ts';

export interface TakenIn<Options> {
  /** `undefined` only where `picture` is `'optional'` or `'none'`. */
  picture: Picture | undefined;
  /** What was sent as the second picture, unchecked. */
  second?: Buffer | undefined;
  options: Options;
  /** Milliseconds it took until the picture was whole and its header checked. */
  took: number;
}

export interface TakeInRules {
  /** Whether a request must bring a picture (the default), may, or must not. */
  picture?: 'required' | 'optional' | 'none';
  limits?: Limits;
  /** Where pictures may be fetched from. */
  url?: UrlRules | undefined;
  /** A field in which a second picture may be sent. */
  second?: string | undefined;
}

/** Fields that carry a picture rather than an option. */
const SOURCES = ['image', 'file', 'url', 'ref'];

/** A request taken apart: nothing is checked yet. */
export interface Raw {
  options: Record<string, unknown>;
  bytes?: Buffer | undefined;
  /** Files of a form, in order. */
  files?: FormFile[];
  /** Named sources: field → value. */
  sources: Record<string, unknown>;
}

/**
 * Takes one request in: raw bytes under any content type, `multipart/form-data`, JSON, text (base64,
 * data URL, http URL), or a query that names a URL; options by query and by fields, checked against the caller's schema.
 * @throws Problem 400, 403, 404, 413, 415, 422, 502, 503 or 504, naming what is wrong
 */
export async function takeIn<S extends z.ZodObject>(
  event: FunctionEvent<Readable>,
  schema: S,
  { picture: rule = 'required', limits = limitsFromEnv(), url, second: field }: TakeInRules = {},
): Promise<TakenIn<z.output<S>>> {
  const started = performance.now();
  const { raw, second } = takeSecond(await readRequest(event, limits, field === undefined ? 1 : 2), field);
  const options = parseOptions(schema, raw.options);
  const picture = rule === 'none' ? undefined : await onePicture(raw, { limits, url }, event.signal);
  if (!picture && rule === 'required') throw missing();
  return { picture, second, options, took: performance.now() - started };
}

/** Takes the second picture out of a request: a file or a base64 text in a field of its own. */
function takeSecond(raw: Raw, field: string | undefined): { raw: Raw; second?: Buffer } {
  if (field === undefined) return { raw };
  const { [field]: text, ...options } = raw.options;
  const [file, ...more] = raw.files?.filter((one) => one.field === field && one.bytes.length > 0) ?? [];
  if (more.length > 0 || (file && text !== undefined)) throw ambiguous([`several "${field}"`]);
  if (text !== undefined && typeof text !== 'string') throw notText(field);
  const second = file?.bytes ?? (text === undefined ? undefined : pictureText(text, field));
  const rest: Raw = { ...raw, options, files: raw.files?.filter((one) => one.field !== field) ?? [] };
  return { raw: rest, ...(second && { second }) };
}

/** Takes query and body apart. @param mostFiles how many files a form may bring */
export async function readRequest(event: FunctionEvent<Readable>, limits: Limits, mostFiles = 1): Promise<Raw> {
  return merge(separate({ ...event.query }), await fromBody(event, limits, mostFiles));
}

/** The one picture that a request brings or names, its header checked; `undefined` when there is none. */
export async function onePicture(
  raw: Raw,
  { limits, url }: { limits: Limits; url?: UrlRules | undefined },
  signal: AbortSignal,
): Promise<Picture | undefined> {
  const bytes = await pictureBytes(withFile(raw), () => url ?? urlRulesFromEnv(limits.maxBytes), limits, signal);
  return bytes && checkPicture(bytes, limits);
}

/** @throws Problem 413, 415 or 422 */
export async function checkPicture(bytes: Buffer, limits: Limits): Promise<Picture> {
  if (bytes.length > limits.maxBytes) throw new Problem('body-too-large', 'The decoded picture is too large.');
  return checkHeader(bytes, limits);
}

/** Splits named sources from options. */
function separate(values: Record<string, unknown>): Raw {
  const sources = SOURCES.filter((name) => values[name] !== undefined).map((name) => [name, values[name]]);
  const options = Object.entries(values).filter(([name]) => !SOURCES.includes(name));
  return { options: Object.fromEntries(options), sources: Object.fromEntries(sources) };
}

async function fromBody(event: FunctionEvent<Readable>, limits: Limits, mostFiles: number): Promise<Raw> {
  const type = event.headers['content-type'] ?? '';
  if (/^multipart\/form-data/i.test(type)) {
    const { files, fields } = await readMultipart(event.body, event.headers, limits, mostFiles);
    return { ...separate(fields), files };
  }
  // base64 in text or JSON is a third larger than the picture it carries.
  const ceiling = Math.ceil(limits.maxBytes * 1.4) + 65_536;
  const body = await readBody(event.body, ceiling, event.headers['content-length']);
  return readWhole(body, type);
}

/** A form's one file as the body's bytes. */
function withFile(raw: Raw): Raw {
  const [file, ...more] = raw.files?.filter(({ bytes }) => bytes.length > 0) ?? [];
  if (!file) return raw;
  if (more.length > 0) throw ambiguous(['more than one file']);
  if (!['image', 'file'].includes(file.field)) {
    throw new Problem(
      'option-unknown',
      `The picture belongs in the field "image" or "file", not "${file.field.slice(0, 40)}".`,
    );
  }
  if (raw.sources[file.field] !== undefined) throw ambiguous(['the file', `"${file.field}"`]);
  return { ...raw, bytes: file.bytes };
}

/** A whole body: what it is is told by its bytes, for clients put any content type on anything. */
function readWhole(body: Buffer, type: string): Raw {
  if (body.length === 0) return { options: {}, sources: {} };
  if (sniff(body)) return { options: {}, sources: {}, bytes: body };
  if (/^application\/json\b/i.test(type) || (body[0] === 0x7b && isText(body))) return separate(readJson(body));
  const decoded = pictureFromText(body);
  if (decoded) return { options: {}, sources: {}, bytes: decoded };
  const head = body.toString('utf8', 0, 2_048);
  if (body.length < 2_048 && isAddress(head)) return { options: {}, sources: { url: head.trim() } };
  throw refusal(body);
}

function readJson(body: Buffer): Record<string, unknown> {
  let value: unknown;
  try {
    value = JSON.parse(body.toString('utf8'));
  } catch {
    throw new Problem('json-invalid', 'The body is not valid JSON.');
  }
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Record<string, unknown>;
  throw new Problem('json-invalid', 'The JSON body must be an object such as {"image": "<base64>"}.');
}

function merge(query: Raw, body: Raw): Raw {
  for (const name of Object.keys(body.options)) {
    if (!Object.hasOwn(query.options, name)) continue;
    throw new Problem(
      'option-invalid',
      `Option "${name}" is given twice, in the query and in the body; give it once.`,
      {
        members: { option: name },
      },
    );
  }
  return {
    options: { ...query.options, ...body.options },
    sources: { ...prefixed(query.sources, body.sources), ...body.sources },
    bytes: body.bytes,
    files: body.files ?? [],
  };
}

function prefixed(query: Record<string, unknown>, body: Record<string, unknown>): Record<string, unknown> {
  const twice = Object.keys(query).find((name) => name in body);
  if (twice) throw ambiguous([`"${twice}" in the query`, `"${twice}" in the body`]);
  return query;
}

/** The one picture that a request names, wherever it stands. */
async function pictureBytes(
  { bytes, sources }: Raw,
  rules: () => UrlRules,
  { maxBytes }: Limits,
  signal: AbortSignal,
): Promise<Buffer | undefined> {
  const named = Object.keys(sources);
  const all = [...(bytes ? ['the body'] : []), ...named.map((name) => `"${name}"`)];
  if (all.length > 1) throw ambiguous(all);
  const [name] = named;
  if (name === undefined) return bytes;
  const value = sources[name];
  if (typeof value !== 'string') throw notText(name);
  if (name === 'url') return fromAddress(value, rules(), signal);
  if (name === 'ref') return readRef(value, maxBytes);
  return pictureText(value, name);
}

function notText(field: string): Problem {
  return new Problem('option-invalid', `"${field}" must be a text.`, { members: { option: field } });
}

export function ambiguous(sources: string[]): Problem {
  return new Problem('source-ambiguous', `Send one picture; this request has ${sources.join(' and ')}.`);
}

export function missing(): Problem {
  return new Problem(
    'source-missing',
    'There is no picture: send its bytes as the body, or a form with the field "image", or JSON {"image": "<base64>"}.',
  );
}
