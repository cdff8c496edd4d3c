import { createHash } from 'node:crypto';
import { availableParallelism } from 'node:os';
import * as z from 'zod';
import type { FunctionEvent, StreamHandler } from '#handler';
import { createCache, storeFromEnv } from '#platform/cache';
import { createLimiter } from '#platform/limiter';
import { enumOption } from '#platform/options';
import { Problem } from '#platform/problems';
import { answerPicture, type FinishedPicture, pack, unpack, wantsJson } from './answer.ts';
import type { Picture } from './header.ts';
import { type Limits, limitsFromEnv } from './limits.ts';
import { describeFunction } from './openapi.ts';
import { takeIn } from './take-in.ts';

export interface PictureFunctionRules<S extends z.ZodObject> {
  name: string;
  summary: string;
  /** An option `format` may be `auto`: it is negotiated before `work` sees it. */
  options: S;
  /** What besides input and options decides the result's bytes; part of the ETag. */
  version: string;
  /** @param limits of the intake: pixels that are too many coming in are too many going out */
  work(picture: Picture, options: z.output<S>, limits: Pick<Limits, 'maxPixels'>): Promise<FinishedPicture>;
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
 * A function that takes a picture in and answers with one: intake, the cache, a bounded
 * queue, the work, the answer.
 * The room that does the work is passed in; this one knows only requests.
 */
export function pictureFunction<S extends z.ZodObject>(rules: PictureFunctionRules<S>): PictureFunction {
  const limits = limitsFromEnv();
  const schema = rules.options.safeExtend(answerOptions.shape);
  // libvips works in threads of libuv's pool: more at once would only hold more pictures in memory.
  const cache = createCache(storeFromEnv());
  const limited = createLimiter({ running: availableParallelism() * 2, waiting: 64 });

  const handle: StreamHandler = async (event, context) => {
    checkMethod(event);
    const { picture, options: taken, took } = await takeIn(event, schema, { limits });
    const { output, ...options } = negotiate(taken as Record<string, unknown>, event);
    const input = picture as Picture;
    const etag = entityTag(input.bytes, options, rules.version);
    if (isFresh(event, etag)) return context.status(304).headers({ etag }).succeed();
    const { value, from } = await cache.remember(`${rules.name}:${etag}`, () =>
      limited(async () => pack(await rules.work(input, options as z.output<S>, limits)), event.signal),
    );
    const finished = unpack(value);
    // What a remembered picture once cost says nothing of this request.
    const timings = from === 'hit' ? { intake: took } : { intake: took, ...finished.timings };
    answerPicture(
      context,
      { ...finished, timings },
      {
        etag,
        from,
        json: output === 'json' || (output === undefined && wantsJson(event.headers)),
        negotiated: (taken as Record<string, unknown>).format === 'auto',
      },
    );
  };
  return { handle, openapi: () => describeFunction(rules, schema), close: () => cache.close() };
}

function checkMethod(event: FunctionEvent): void {
  if (['GET', 'HEAD', 'POST', 'PUT'].includes(event.method)) return;
  throw new Problem('method-not-allowed', `${event.method} is not possible here; POST a picture.`, {
    headers: { allow: 'GET, HEAD, POST, PUT' },
  });
}

/** `format=auto` → the best format the caller says it can show; without one, the input's own. */
function negotiate(options: Record<string, unknown>, event: FunctionEvent): Record<string, unknown> {
  if (options.format !== 'auto') return options;
  const accept = event.headers.accept ?? '';
  const { format: _, ...rest } = options;
  const best = ['avif', 'webp'].find((format) => accept.includes(`image/${format}`));
  return best ? { ...rest, format: best } : rest;
}

/** Whether the caller has this result already; only GET and HEAD may ask so (RFC 9110 §13.1.2). */
function isFresh({ method, headers }: FunctionEvent, etag: string): boolean {
  const asked = headers['if-none-match'];
  if (asked === undefined || (method !== 'GET' && method !== 'HEAD')) return false;
  return asked.trim() === '*' || asked.split(',').some((tag) => tag.trim().replace(/^W\//, '') === etag);
}

/** Strong tag: input bytes, options in a fixed order, and the version of what works on them. */
function entityTag(bytes: Buffer, options: Record<string, unknown>, version: string): string {
  const canonical = JSON.stringify(Object.entries(options).sort(([a], [b]) => (a < b ? -1 : 1)));
  const hash = createHash('sha256').update(bytes).update(`\0${canonical}\0${version}`);
  return `"${hash.digest('base64url').slice(0, 32)}"`;
}
