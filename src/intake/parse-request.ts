import type { Readable } from 'node:stream';
import type * as z from 'zod';
import { parseOptions } from '#contract/options';
import { Problem } from '#contract/problems';
import type { FunctionEvent } from '#handler';
import { tooLarge } from './body.ts';
import { type Caller, held } from './body-budget.ts';
import { isDataUrl } from './data-url.ts';
import { fromAddress } from './from-address.ts';
import { checkHeader, type Picture } from './header.ts';
import { type Limits, limitsFromEnv } from './limits.ts';
import type { Raw } from './raw-request.ts';
import { ambiguous, readRequest } from './read-request.ts';
import { readRef } from './ref-source.ts';
import { isTextValue, pictureText, type Text } from './text.ts';
import { TextSlice } from './text-slice.ts';
import { type UrlRules, urlRulesFromEnv } from './url-rules.ts';

export interface ParsedRequest<Options> {
  /** `undefined` only where `picture` is `'optional'` or `'none'`. */
  picture: Picture | undefined;
  /** The second picture as sent, unchecked. */
  second?: Buffer | undefined;
  options: Options;
  /** Milliseconds until the picture was complete and its header checked. */
  durationMs: number;
}

export interface ParseRules {
  /** Whether a request must bring a picture (the default), may, or must not. */
  picture?: 'required' | 'optional' | 'none';
  limits?: Limits;
  /** Where pictures may be fetched from. */
  url?: UrlRules | undefined;
  /** The field for a second picture. */
  second?: string | undefined;
}

/**
 * Parses a request: raw bytes under any content type, `multipart/form-data`, JSON, text (base64, data URL, http URL),
 * or a query with a URL; options come from the query and from fields, and are checked against the caller's schema.
 * @throws Problem 400, 403, 404, 413, 415, 422, 502, 503 or 504, naming what is wrong
 */
export async function parseRequest<S extends z.ZodObject>(
  event: FunctionEvent<Readable>,
  schema: S,
  { picture: rule = 'required', limits = limitsFromEnv(), url, second: field }: ParseRules = {},
): Promise<ParsedRequest<z.output<S>>> {
  const started = performance.now();
  const read = await readRequest(event, { limits, mostFiles: field === undefined ? 1 : 2, second: field });
  const { raw, second } = await takeSecond(read, field);
  const options = parseOptions(schema, raw.options);
  const picture = rule === 'none' ? undefined : await onePicture(raw, { limits, url }, event);
  if (!picture && rule === 'required') throw pictureMissing();
  return { picture, second, options, durationMs: performance.now() - started };
}

/** Extracts the second picture from a request: a file or a base64 text in its own field. */
async function takeSecond(raw: Raw, field: string | undefined): Promise<{ raw: Raw; second?: Buffer }> {
  if (field === undefined) return { raw };
  const { [field]: text, ...options } = raw.options;
  const [file, ...more] = raw.files?.filter((one) => one.field === field && one.bytes.length > 0) ?? [];
  if (more.length > 0 || (file && text !== undefined)) throw ambiguous([`several "${field}"`]);
  if (text !== undefined && !isTextValue(text)) throw notText(field);
  const second = file?.bytes ?? (text === undefined ? undefined : await pictureText(text, field));
  const rest: Raw = { ...raw, options, files: raw.files?.filter((one) => one.field !== field) ?? [] };
  return { raw: rest, ...(second && { second }) };
}

/** The only picture that a request contains or names, its header checked; `undefined` if there is none. */
export async function onePicture(
  raw: Raw,
  { limits, url }: { limits: Limits; url?: UrlRules | undefined },
  caller: Caller,
): Promise<Picture | undefined> {
  const bytes = await pictureBytes(withFile(raw), () => url ?? urlRulesFromEnv(limits.maxBytes), limits, caller);
  return bytes && checkPicture(bytes, limits, caller.signal);
}

/** @throws Problem 413, 415, 422 or 504 */
export async function checkPicture(bytes: Buffer, limits: Limits, signal?: AbortSignal): Promise<Picture> {
  if (bytes.length > limits.maxBytes) throw tooLarge(limits.maxBytes, { actual: bytes.length });
  return checkHeader(bytes, limits, signal);
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

/** The only picture that a request names, in whatever field. */
async function pictureBytes(
  { bytes, sources }: Raw,
  rules: () => UrlRules,
  { maxBytes }: Limits,
  caller: Caller,
): Promise<Buffer | undefined> {
  const named = Object.keys(sources);
  const all = [...(bytes ? ['the body'] : []), ...named.map((name) => `"${name}"`)];
  if (all.length > 1) throw ambiguous(all);
  const [name] = named;
  if (name === undefined) return bytes;
  const value = sources[name];
  if (!isTextValue(value)) throw notText(name);
  if (name === 'ref') return held(maxBytes, caller, () => readRef(String(value), maxBytes));
  if (name !== 'url') return pictureText(value, name);
  const isData = value instanceof TextSlice ? isDataUrl(value.bytes) : isDataUrl(value);
  return isData ? pictureText(value, name) : fromAddress(addressIn(value), rules(), caller);
}

const MAX_ADDRESS = 8_192;

function addressIn(value: Text): string {
  const text = value instanceof TextSlice ? value.bytes : Buffer.from(value);
  if (text.length <= MAX_ADDRESS) return String(value);
  throw new Problem('option-invalid', `"url" has ${text.length} bytes; an address may have ${MAX_ADDRESS}.`, {
    members: { option: 'url' },
  });
}

function notText(field: string): Problem {
  return new Problem('option-invalid', `"${field}" must be a text.`, { members: { option: field } });
}

export function pictureMissing(): Problem {
  return new Problem(
    'source-missing',
    'There is no picture: send its bytes as the body, or a form with the field "image", or JSON {"image": "<base64>"}.',
  );
}
