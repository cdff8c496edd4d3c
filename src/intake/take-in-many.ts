import type { Readable } from 'node:stream';
import type * as z from 'zod';
import type { FunctionEvent } from '#handler';
import { parseOptions } from '#platform/options';
import { Problem } from '#platform/problems';
import type { Picture } from './header.ts';
import { type Limits, limitsFromEnv } from './limits.ts';
import type { FormFile } from './multipart.ts';
import { ambiguous, checkPicture, missing, onePicture, type Raw, readRequest } from './take-in.ts';
import { pictureText } from './text.ts';
import type { UrlRules } from './url-rules.ts';

/** Pictures in one request. */
export const MAX_PICTURES = 64;

export interface TakenInMany<Options> {
  /** In the order they came; in place of one that is none, or damaged, what is wrong with it. */
  pictures: (Picture | Problem)[];
  /** The request is a batch: several files, or any in a field or a list named `images`. */
  batch: boolean;
  options: Options;
  /** Milliseconds it took until the pictures were whole and their headers checked. */
  took: number;
}

export interface TakeInManyRules {
  /** Whether a request must bring a picture (the default) or may. */
  picture?: 'required' | 'optional';
  limits?: Limits;
  url?: UrlRules;
}

/**
 * Takes in what `takeIn` does, and batches: a form with several files in `image`, `file` or `images`, or JSON
 * `{"images": ["<base64>", …]}`. In a batch a bad picture spoils nothing but itself; alone it is thrown.
 * All pictures of a request together may have as many bytes as one.
 * @throws Problem as `takeIn` does
 */
export async function takeInMany<S extends z.ZodObject>(
  event: FunctionEvent<Readable>,
  schema: S,
  { picture: rule = 'required', limits = limitsFromEnv(), url }: TakeInManyRules = {},
): Promise<TakenInMany<z.output<S>>> {
  const started = performance.now();
  const { options: given, ...raw } = await readRequest(event, limits, MAX_PICTURES);
  const { images, ...rest } = given;
  const options = parseOptions(schema, rest);
  const batch = images !== undefined || isBatch(raw.files);
  const pictures = batch
    ? await checkAll(allBytes({ ...raw, options }, images), limits)
    : [await onePicture({ ...raw, options }, { limits, url }, event.signal)].flatMap((one) => one ?? []);
  if (pictures.length === 0 && rule === 'required') throw missing();
  return { pictures, batch, options, took: performance.now() - started };
}

const FILE_FIELDS = ['image', 'file', 'images'];

function isBatch(files: FormFile[] = []): boolean {
  return files.length > 1 || files[0]?.field === 'images';
}

/** The bytes of each picture: a form's files, or a list of base64 texts. */
function allBytes({ bytes, files = [], sources }: Raw, images: unknown): Buffer[] {
  const listed = images === undefined ? [] : ['"images"'];
  const given = [...listed, ...(files.length > 0 ? ['the files'] : []), ...(bytes ? ['the body'] : [])];
  const all = [...given, ...Object.keys(sources).map((name) => `"${name}"`)];
  if (all.length > 1) throw ambiguous(all);
  const stray = files.find(({ field }) => !FILE_FIELDS.includes(field));
  if (stray) {
    const detail = `Pictures belong in the field "images", "image" or "file", not "${stray.field.slice(0, 40)}".`;
    throw new Problem('option-unknown', detail);
  }
  return images === undefined
    ? files.map((file) => file.bytes)
    : textList(images).map((text) => pictureText(text, 'images'));
}

function textList(images: unknown): string[] {
  const texts = typeof images === 'string' ? [images] : images;
  const fine = Array.isArray(texts) && texts.every((text) => typeof text === 'string');
  if (fine && texts.length > 0 && texts.length <= MAX_PICTURES) return texts;
  const allowed = `a list of 1 to ${MAX_PICTURES} pictures as base64`;
  throw new Problem('option-invalid', `"images" must be ${allowed}.`, { members: { option: 'images', allowed } });
}

/** One after another: a header is read in a fraction of a millisecond, and a batch shall not crowd out other requests. */
async function checkAll(all: Buffer[], limits: Limits): Promise<(Picture | Problem)[]> {
  const total = all.reduce((sum, { length }) => sum + length, 0);
  if (total > limits.maxBytes) throw new Problem('body-too-large', 'The decoded pictures are too large together.');
  const checked: (Picture | Problem)[] = [];
  for (const bytes of all) {
    checked.push(
      await checkPicture(bytes, limits).catch((error) => {
        if (error instanceof Problem) return error;
        throw error;
      }),
    );
  }
  return checked;
}
