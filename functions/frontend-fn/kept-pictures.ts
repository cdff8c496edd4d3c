import { randomBytes } from 'node:crypto';
import type { Readable } from 'node:stream';
import { LRUCache } from 'lru-cache';
import * as z from 'zod';
import { envNumber } from '#config/env';
import { booleanOption } from '#contract/options';
import { Problem } from '#contract/problems';
import type { FunctionEvent } from '#handler';
import { checkPicture, limitsFromEnv, type ParsedRequest, type Picture, parseRequest, pictureMissing } from '#intake';

/*
 * A page asks for labels and several copies of one photo. It uploads the photo once, with `keep=true`, and names it
 * by the answer's `X-Picture-Kept` afterwards. Kept in this process only: where another one answers, or the photo is
 * gone, the page sends it again.
 */

/** How long an upload is kept after its last use. */
const KEEP_MS = 10 * 60_000;
const ID_BYTES = 20;

/** The options of a request that keeps its picture, or names a kept one. */
export const keepOptions = {
  keep: booleanOption().optional().describe('keep the picture for some minutes; X-Picture-Kept tells its name'),
  kept: z
    .string()
    .max(64)
    .meta({ allowed: 'the name of a kept picture' })
    .optional()
    .describe('a kept picture in place of an upload'),
};

interface KeepOptions {
  keep?: boolean | undefined;
  kept?: string | undefined;
}

let pictures: LRUCache<string, Buffer> | undefined;

function store(): LRUCache<string, Buffer> {
  const maxSize = envNumber('CACHE_BYTES', 32 * 1024 * 1024, { min: 0, max: 2 ** 40 }) || 1;
  pictures ??= new LRUCache({
    maxSize,
    sizeCalculation: ({ length }) => length || 1,
    ttl: KEEP_MS,
    updateAgeOnGet: true,
    perf: { now: () => Date.now() },
  });
  return pictures;
}

export interface KeptRequest<Options> extends Omit<ParsedRequest<Options>, 'picture'> {
  picture: Picture;
  /** Says under which name the picture is kept, if it is. */
  headers: Record<string, string>;
}

/**
 * Takes in a request whose picture is in it, or was kept before.
 * @param schema with {@link keepOptions}
 * @throws Problem `expired` where the picture is not here (any more); else as `parseRequest`
 */
export async function parseKeptRequest<S extends z.ZodObject<z.ZodRawShape>>(
  event: FunctionEvent<Readable>,
  schema: S,
  rules: { second?: string } = {},
): Promise<KeptRequest<Omit<z.output<S>, keyof KeepOptions>>> {
  const parsed = await parseRequest(event, schema, { ...rules, picture: 'optional' });
  const { keep, kept, ...options } = parsed.options as z.output<S> & KeepOptions;
  const picture = kept === undefined ? parsed.picture : await keptPicture(kept, parsed.picture, event);
  if (!picture) throw pictureMissing();
  const name = kept ?? (keep ? keepPicture(picture.bytes) : undefined);
  return { ...parsed, options, picture, headers: name === undefined ? {} : { 'x-picture-kept': name } };
}

/** @returns its name, which nobody can guess; `undefined` where it is too large to be kept */
function keepPicture(bytes: Buffer): string | undefined {
  const name = randomBytes(ID_BYTES).toString('base64url');
  // A slice would keep the whole body that it was sent in.
  store().set(name, bytes.length < bytes.buffer.byteLength ? Buffer.from(bytes) : bytes);
  return store().has(name) ? name : undefined;
}

function keptPicture(name: string, sent: Picture | undefined, { signal }: FunctionEvent): Promise<Picture> {
  if (sent) throw new Problem('source-ambiguous', 'Send one picture; this request has a picture and "kept".');
  const bytes = store().get(name);
  if (!bytes) throw new Problem('expired', 'The picture is not kept here any more; send it again.');
  return checkPicture(bytes, limitsFromEnv(), signal);
}
