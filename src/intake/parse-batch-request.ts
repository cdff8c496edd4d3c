import type { Readable } from 'node:stream';
import type * as z from 'zod';
import { parseOptions, Repeated } from '#contract/options';
import { Problem } from '#contract/problems';
import type { FunctionEvent } from '#handler';
import { tooLarge } from './body.ts';
import { type Group, type GroupRules, takeGroups } from './groups.ts';
import type { Picture } from './header.ts';
import { type Limits, limitsFromEnv } from './limits.ts';
import { type FormFile, tooManyFiles } from './multipart.ts';
import { checkPicture, onePicture, pictureMissing } from './parse-request.ts';
import type { Raw } from './raw-request.ts';
import { ambiguous, readRequest } from './read-request.ts';
import { isTextValue, pictureText, type Text } from './text.ts';
import type { UrlRules } from './url-rules.ts';

/** Pictures in one request. */
export const MAX_PICTURES = 64;

export interface ParsedBatchRequest<Options> {
  /** In order; a problem in place of each that is not a picture, or damaged. */
  pictures: (Picture | Problem)[];
  /** The request is a batch: several files, or any in a field or a list named `images`. */
  batch: boolean;
  options: Options;
  /** The named groups of pictures in the request, if allowed. */
  groups?: Group[] | undefined;
  /** Milliseconds until the pictures were complete and their headers checked. */
  durationMs: number;
}

export interface ParseBatchRules {
  /** Whether a request must bring a picture (the default) or may. */
  picture?: 'required' | 'optional';
  limits?: Limits;
  url?: UrlRules;
  /** Named groups of pictures that are allowed, within the shared limit of bytes. */
  groups?: GroupRules;
}

/**
 * Parses what `parseRequest` does, and batches: a form with several files in `image`, `file` or `images`, or JSON
 * `{"images": ["<base64>", …]}`. In a batch, a bad picture does not affect the others; a single one throws.
 * All pictures of a request share the limit of bytes.
 * @throws Problem as `parseRequest` does
 */
export async function parseBatchRequest<S extends z.ZodObject>(
  event: FunctionEvent<Readable>,
  schema: S,
  { picture: rule = 'required', limits = limitsFromEnv(), url, groups: groupRules }: ParseBatchRules = {},
): Promise<ParsedBatchRequest<z.output<S>>> {
  const started = performance.now();
  const mostFiles = MAX_PICTURES + (groupRules?.maxMembers ?? 0);
  const read = await readRequest(event, { limits, mostFiles, groups: groupRules?.field });
  const sources = { limits, url, caller: event };
  const { raw: rest, groups } = groupRules ? await takeGroups(read, groupRules, sources) : { raw: read };
  const { options: given, ...raw } = rest;
  const { images, ...own } = given;
  const options = parseOptions(schema, own);
  const batch = images !== undefined || isBatch(raw.files);
  const pictures = batch
    ? await checkAll(await allBytes({ ...raw, options }, images), limits, event.signal)
    : [await onePicture({ ...raw, options }, { limits, url }, event)].flatMap((one) => one ?? []);
  if (pictures.length === 0 && rule === 'required') throw pictureMissing();
  checkTotal([...pictures, ...(groups ?? []).flatMap(({ members }) => members)].flatMap(bytesOf), limits);
  return { pictures, batch, options, groups, durationMs: performance.now() - started };
}

const FILE_FIELDS = ['image', 'file', 'images'];

function isBatch(files: FormFile[] = []): boolean {
  return files.length > 1 || files[0]?.field === 'images';
}

/** The bytes of each picture: a form's files, or a list of base64 texts. */
async function allBytes({ bytes, files = [], sources }: Raw, images: unknown): Promise<Buffer[]> {
  const listed = images === undefined ? [] : ['"images"'];
  const given = [...listed, ...(files.length > 0 ? ['the files'] : []), ...(bytes ? ['the body'] : [])];
  const named = [...given, ...Object.keys(sources).map((name) => `"${name}"`)];
  if (named.length > 1) throw ambiguous(named);
  const stray = files.find(({ field }) => !FILE_FIELDS.includes(field));
  if (stray) {
    const detail = `Pictures belong in the field "images", "image" or "file", not "${stray.field.slice(0, 40)}".`;
    throw new Problem('option-unknown', detail);
  }
  if (files.length > MAX_PICTURES) throw tooManyFiles(MAX_PICTURES);
  if (images === undefined) return files.map((file) => file.bytes);
  const all = [];
  for (const text of textList(images)) all.push(await pictureText(text, 'images'));
  return all;
}

function textList(images: unknown): readonly Text[] {
  const texts = images instanceof Repeated ? images.values : [images].flat();
  const fine = texts.every(isTextValue);
  if (fine && texts.length > 0 && texts.length <= MAX_PICTURES) return texts;
  const allowed = `a list of 1 to ${MAX_PICTURES} pictures as base64`;
  throw new Problem('option-invalid', `"images" must be ${allowed}.`, { members: { option: 'images', allowed } });
}

function bytesOf(one: Picture | Problem | Float32Array): Buffer[] {
  return 'bytes' in one ? [one.bytes] : [];
}

/** @throws Problem `body-too-large`: all pictures share the limit of bytes */
function checkTotal(all: readonly Buffer[], { maxBytes }: Limits): void {
  const actual = all.reduce((sum, { length }) => sum + length, 0);
  if (actual > maxBytes) throw tooLarge(maxBytes, { actual, many: all.length > 1 });
}

/**
 * Sequential: reading a header takes a fraction of a millisecond, and a batch must not crowd out other requests.
 */
async function checkAll(all: Buffer[], limits: Limits, signal: AbortSignal): Promise<(Picture | Problem)[]> {
  checkTotal(all, limits);
  const checked: (Picture | Problem)[] = [];
  for (const bytes of all) {
    checked.push(
      await checkPicture(bytes, limits, signal).catch((error) => {
        if (error instanceof Problem) return error;
        throw error;
      }),
    );
  }
  return checked;
}
