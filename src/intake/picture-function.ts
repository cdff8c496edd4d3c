import { createHash } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';
import * as z from 'zod';
import { pictureJson } from '#contract/answers';
import { type Endpoint, PICTURE } from '#contract/endpoint';
import { enumOption } from '#contract/options';
import { Problem } from '#contract/problems';
import type { FunctionContext, FunctionEvent, StreamHandler } from '#handler';
import { preferredType } from '#http/accept';
import { accessFromEnv } from '#http/access';
import { isFresh } from '#http/etag';
import { describe } from '#http/openapi';
import { checkMethod } from '#http/router';
import { formatBytes } from '#kit/bytes';
import { workBudget } from '#process/memory';
import { SMALL_BYTES } from '#process/uploads';
import { createWorkQueue } from '#process/work-queue';
import { cacheStoreFromEnv, createCache } from '#storage/cache';
import { type AnswerForm, answerPicture, type FinishedPicture, pack, unpack, wantsJson } from './answer.ts';
import type { Picture } from './header.ts';
import { type Limits, limitsFromEnv } from './limits.ts';
import { readOverlays } from './overlays.ts';
import { parseRequest } from './parse-request.ts';
import { inPlace, type Placed } from './places.ts';

export interface PictureFunctionRules<S extends z.ZodObject> {
  name: string;
  summary: string;
  /** Some options as they might be written, for the description. */
  example?: Endpoint['example'];
  /** An option `format` may be `auto`: it is negotiated before `work` sees it. */
  options: S;
  /** Whatever else determines the result's bytes; part of the ETag. */
  version: string;
  /** Overlays that the work may need; see {@link readOverlays}. */
  overlays?: {
    /** The field for uploading one: a form's file, or base64 in JSON. */
    field: string;
    /** Their names. @throws Problem where the options are wrong */
    of(options: z.output<S>): string[];
  };
  /** Estimates the peak memory of the work, in bytes; work that does not fit waits, or is refused. */
  memory(picture: Picture, options: z.output<S>, overlays: Picture[]): number;
  /**
   * @param rules pixels that are too many coming in are too many going out; a signal that nobody waits any more
   * @param others in the order of their names
   */
  work(
    picture: Picture,
    options: z.output<S>,
    rules: { maxPixels: number; signal: AbortSignal },
    overlays: Picture[],
  ): Promise<FinishedPicture>;
}

export interface PictureFunction {
  handle: StreamHandler;
  openapi: () => object;
  close: () => Promise<void>;
}

/** Options of every function that answers with a picture. */
const answerOptions = z.object({
  output: enumOption(['picture', 'json']).optional().describe('json answers with the picture as base64'),
});

/**
 * A function that takes a picture and answers with one: access, intake, the cache, a bounded queue, the work, the
 * answer. The work is passed in; this package only knows requests.
 * @throws Error at start-up if a setting is invalid
 */
export function pictureFunction<S extends z.ZodObject>(rules: PictureFunctionRules<S>): PictureFunction {
  const limits = limitsFromEnv();
  const schema = rules.options.safeExtend(answerOptions.shape);
  const admit = accessFromEnv(rules.name);
  const cache = createCache(cacheStoreFromEnv());
  const work = queued(rules, limits);
  const endpoint = endpointOf(rules, schema);

  const handle: StreamHandler = async (request, context) => {
    const event = admit(request);
    checkMethod(event.method, endpoint);
    await inPlace(event, (placed) => answer(placed, context));
  };
  const answer = async (event: Placed, context: FunctionContext): Promise<void> => {
    const started = performance.now();
    const { input, options, form: requested } = await parseInput(event, schema, { overlays: rules.overlays, limits });
    const intake = performance.now() - started;
    const tag = entityTag([input.picture, ...input.overlays], options, rules.version);
    const form = answerForm(tag, requested, event.headers);
    const asks = event.method === 'GET' || event.method === 'HEAD';
    if (asks && isFresh(event.headers, form.headers.etag)) {
      context.status(304).headers(form.headers).succeed();
      return;
    }
    const { value, from } = await cache.remember(`${rules.name}:${tag}`, async () =>
      pack(await work(input, event.signal)),
    );
    await holdAnswer(value.length, from === 'miss', event);
    const { timings, steps, ...finished } = unpack(value);
    // The original cost of a cached picture says nothing about this request.
    const cost =
      from === 'hit' ? { timings: { intake } } : { timings: { intake, ...timings }, ...(steps && { steps }) };
    answerPicture(context, { ...finished, ...cost }, { ...form, from });
  };
  const openapi = () => describe({ name: rules.name, summary: rules.summary, endpoints: [endpoint] });
  return { handle, openapi, close: () => cache.close() };
}

/** Parses a request: pictures and options for the work, options for the tag, and the form of the answer. */
async function parseInput<S extends z.ZodObject>(
  event: Placed,
  schema: z.ZodObject,
  { overlays, limits }: { overlays: PictureFunctionRules<S>['overlays']; limits: Limits },
): Promise<{ input: WorkInput<z.output<S>>; options: Record<string, unknown>; form: AnswerOptions }> {
  const parsed = await parseRequest(event, schema, { limits, second: overlays?.field });
  const { output: _, ...options } = negotiate(
    parsed.options as Record<string, unknown>,
    parsed.picture?.format ?? '',
    event,
  );
  const input = { picture: parsed.picture as Picture, options: options as z.output<S>, overlays: [] as Picture[] };
  if (overlays) {
    const named = overlays.of(input.options);
    input.overlays = await readOverlays(named, parsed.second, { field: overlays.field, limits }, event);
  }
  return { input, options, form: parsed.options as AnswerOptions };
}

/** The endpoint of such a function; the operation is named after it, without `-fn`. */
function endpointOf<S extends z.ZodObject>(
  { name, summary, overlays, example }: PictureFunctionRules<S>,
  options: z.ZodObject,
): Endpoint {
  return {
    operationId: name.replace(/-fn$/, ''),
    path: '/',
    methods: ['GET', 'POST', 'PUT'],
    summary,
    pictures: { most: 1, second: overlays?.field },
    options,
    ...(example && { example }),
    // JSON first: many client generators take the first, and cannot read bytes where JSON is possible.
    answer: { 'application/json': pictureJson, 'image/*': PICTURE },
  };
}

/** Those options that say how to answer; a caller who leaves them out is asked by `Accept`. */
type AnswerOptions = { output?: unknown; format?: unknown };

/** Whether to answer in JSON, and the headers of an answer that do not depend on the work: those of a 304, too. */
function answerForm(tag: string, { output, format }: AnswerOptions, headers: IncomingHttpHeaders): AnswerForm {
  const json = output === 'json' || (output === undefined && wantsJson(headers));
  const varies = output === undefined || format === 'auto';
  return {
    json,
    headers: {
      // JSON is another representation, and tells times that are never the same twice.
      etag: json ? `W/${tag.slice(0, -1)}-json"` : tag,
      'cache-control': 'private, max-age=86400',
      ...(varies && { vary: 'Accept' }),
    },
  };
}

interface WorkInput<Options> {
  picture: Picture;
  options: Options;
  overlays: Picture[];
}

/** Puts the work behind a bounded queue. @throws (from it) Problem `too-many-pixels` for what never fits */
function queued<S extends z.ZodObject>({ work, memory }: PictureFunctionRules<S>, limits: Limits) {
  const queue = createWorkQueue();
  return async (
    { picture, options, overlays }: WorkInput<z.output<S>>,
    signal: AbortSignal,
  ): Promise<FinishedPicture> => {
    // The file is held twice more: in transit to the child process, and there.
    const sent = [picture, ...overlays].reduce((sum, { bytes }) => sum + bytes.length, 0);
    const bytes = memory(picture, options, overlays) + 2 * sent;
    if (bytes > workBudget.total) throw neverFits(picture, bytes);
    const pixels = picture.width * picture.height;
    return queue(
      { bytes, pixels },
      () => work(picture, options, { maxPixels: limits.maxPixels, signal }, overlays),
      signal,
    );
  };
}

function neverFits({ width, height }: Picture, bytes: number): Problem {
  const fitting = Math.floor((width * height * (workBudget.total / bytes)) / 100_000) / 10;
  return new Problem(
    'too-many-pixels',
    `This work on ${width} × ${height} pixels needs about ${formatBytes(bytes)} of memory, and ` +
      `${formatBytes(workBudget.total)} are there; about ${fitting} million pixels would fit. Resize first.`,
    { members: { width, height, fittingPixels: Math.floor(fitting * 1_000_000) } },
  );
}

/**
 * An answer counts as held until its last byte is sent or its caller leaves.
 * @param fresh it was just computed, and already is in memory
 */
async function holdAnswer(bytes: number, fresh: boolean, { finished, signal }: FunctionEvent): Promise<void> {
  if (!finished) return;
  const late = bytes > SMALL_BYTES ? 1 : 0;
  const giveBack = fresh ? workBudget.charge(bytes) : await workBudget.take(bytes, signal, late);
  void finished.then(giveBack);
}

/** `format=auto` → the format that the caller prefers by its `Accept`; without a preference, the input's own. */
function negotiate(options: Record<string, unknown>, own: string, event: FunctionEvent): Record<string, unknown> {
  if (options.format !== 'auto') return options;
  const { format: _, ...rest } = options;
  const best = preferredType(event.headers, [`image/${own}`, 'image/avif', 'image/webp']);
  return best === undefined || best === `image/${own}` ? rest : { ...rest, format: best.slice('image/'.length) };
}

/** Strong tag: the pictures' bytes, options in a fixed order, and the version of the work. */
function entityTag(pictures: Picture[], options: Record<string, unknown>, version: string): string {
  const canonical = JSON.stringify(Object.entries(options).sort(([a], [b]) => (a < b ? -1 : 1)));
  const hash = createHash('sha256');
  for (const { bytes } of pictures) hash.update(bytes).update(`\0${bytes.length}\0`);
  return `"${hash.update(`\0${canonical}\0${version}`).digest('base64url').slice(0, 32)}"`;
}
