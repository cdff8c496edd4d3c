import { beforeAll, expect, test, vi } from 'vitest';
import * as z from 'zod';
import { enumOption, numberOption } from '#contract/options';
import type { FunctionContext, HeaderValue } from '#handler';
import { sign } from '#http/access-signature';
import { eventOf } from '../../test/events.ts';
import { picture } from '../../test/pictures.ts';
import { pictureFunction } from './picture-function.ts';

const seen: unknown[] = [];
const echo = pictureFunction({
  name: 'echo-fn',
  summary: 'Answers with what came',
  options: z.object({
    angle: numberOption({ min: 0, max: 360 }).default(0),
    format: enumOption(['png', 'webp', 'avif', 'auto']).optional(),
  }),
  version: '1',
  memory: () => 0,
  work: async ({ bytes, width, height }, options) => {
    seen.push(options);
    const steps = [{ steps: ['rotate', 'encode'], ms: 2.26 }];
    return { bytes, contentType: 'image/png', width, height, timings: { decode: 1, encode: 2.26 }, steps };
  },
});

let png: Buffer;
beforeAll(async () => {
  png = await picture(12, 8).png().toBuffer();
});

/** A context that remembers. */
async function answerTo(sent: Parameters<typeof eventOf>[0]) {
  const answer = { status: 0, headers: {} as Record<string, HeaderValue>, body: undefined as unknown };
  const context = {
    status(code: number) {
      answer.status = code;
      return this;
    },
    headers(values: Record<string, HeaderValue>) {
      answer.headers = values;
      return this;
    },
    succeed(body: unknown) {
      answer.body = body;
    },
  } as unknown as FunctionContext;
  await echo.handle(eventOf(sent), context);
  return answer;
}

test('answers with the picture and what is known about it', async () => {
  const { status, headers, body } = await answerTo({ body: png });
  expect(status).toBe(200);
  expect(headers).toMatchObject({
    'content-type': 'image/png',
    'x-content-type-options': 'nosniff',
    'x-image-width': 12,
    'x-image-height': 8,
    'cache-control': expect.any(String),
    'x-cache': 'miss',
    etag: expect.stringMatching(/^"[\w-]{32}"$/),
    'server-timing': expect.stringMatching(
      /^intake;dur=[\d.]+, decode;dur=1.0, encode;dur=2.3, step1;dur=2.3;desc="rotate\+encode"$/,
    ),
  });
  expect(body).toEqual(png);
});

test.each([
  ['image/*', false],
  ['*/*', false],
  ['', false],
  ['application/json, */*;q=0.1', true],
  ['application/json;q=0.1, image/png;q=0.5', false],
  ['application/json', true],
  ['application/json, text/plain', true],
  ['application/json, */*', false],
  ['application/json, image/png', false],
])('Accept: %s answers in JSON: %s', async (accept, json) => {
  const { headers, body } = await answerTo({ body: png, headers: { accept } });
  expect(headers['content-type']).toBe(json ? 'application/json' : 'image/png');
  if (json)
    expect(body).toMatchObject({ image: png.toString('base64'), contentType: 'image/png', width: 12, height: 8 });
});

test('JSON tells what each step took', async () => {
  const { body } = await answerTo({ body: png, query: { output: 'json', angle: '33' } });
  expect(body).toMatchObject({
    timings: { decode: 1, encode: 2.26 },
    steps: [{ steps: ['rotate', 'encode'], ms: 2.26 }],
  });
});

test('output says it outright', async () => {
  expect((await answerTo({ body: png, query: { output: 'json' } })).headers['content-type']).toBe('application/json');
  const accept = { accept: 'application/json' };
  expect((await answerTo({ body: png, headers: accept, query: { output: 'picture' } })).body).toEqual(png);
});

test('the tag follows input and options, not the way they came', async () => {
  const tag = async (sent: Parameters<typeof eventOf>[0]) => (await answerTo(sent)).headers.etag;
  const base = await tag({ body: png, query: { angle: '9' } });
  expect(await tag({ body: JSON.stringify({ angle: 9, image: png.toString('base64') }) })).toBe(base);
  expect(await tag({ body: png, query: { angle: '8' } })).not.toBe(base);
  expect(await tag({ body: await picture(12, 9).png().toBuffer(), query: { angle: '9' } })).not.toBe(base);
});

test('the same request again is answered from the cache', async () => {
  const other = await picture(13, 8).png().toBuffer();
  const before = seen.length;
  const answers = [await answerTo({ body: other }), await answerTo({ body: other })];
  expect(answers.map(({ headers }) => headers['x-cache'])).toEqual(['miss', 'hit']);
  expect(answers[1]?.body).toEqual(other);
  expect(answers[1]?.headers['server-timing']).toMatch(/^intake;dur=[\d.]+$/);
  expect(seen.length).toBe(before + 1);
});

test('who has the result already is told so before any work, on GET and HEAD alone', async () => {
  const { etag } = (await answerTo({ body: png })).headers as { etag: string };
  const works = () => seen.length;
  const before = works();
  for (const tag of [etag, `W/${etag}`, `"other", ${etag}`, '*']) {
    const { status, headers, body } = await answerTo({ body: png, method: 'GET', headers: { 'if-none-match': tag } });
    expect([status, body]).toEqual([304, undefined]);
    expect(headers).toEqual({ etag, vary: 'Accept', 'cache-control': 'private, max-age=86400' });
  }
  expect(works()).toBe(before);
  expect((await answerTo({ body: png, method: 'GET', headers: { 'if-none-match': '"other"' } })).status).toBe(200);
  expect((await answerTo({ body: png, headers: { 'if-none-match': etag } })).status).toBe(200);
});

test('format=auto is settled by Accept, and says so', async () => {
  const settle = async (accept: string, angle = '77') => {
    const { headers } = await answerTo({ body: png, query: { format: 'auto', angle }, headers: { accept } });
    return [(seen.at(-1) as { format?: string }).format, headers.vary];
  };
  expect(await settle('image/avif,image/webp,*/*')).toEqual(['avif', 'Accept']);
  expect(await settle('image/webp,*/*')).toEqual(['webp', 'Accept']);
  expect(await settle('*/*')).toEqual([undefined, 'Accept']);
  expect(await settle('image/avif;q=0.1, image/webp;q=0.9', '79')).toEqual(['webp', 'Accept']);
  expect(await settle('image/png, image/*;q=0.5', '80')).toEqual([undefined, 'Accept']);
  expect(await settle('image/avif;q=0, IMAGE/WebP;q=0.5', '78')).toEqual(['webp', 'Accept']);
});

test('what depends on Accept says so, and what does not, does not', async () => {
  const vary = async (query: Record<string, string>) => (await answerTo({ body: png, query })).headers.vary;
  expect(await vary({})).toBe('Accept');
  expect(await vary({ output: 'picture' })).toBeUndefined();
  expect(await vary({ output: 'json' })).toBeUndefined();
  expect(await vary({ output: 'picture', format: 'auto' })).toBe('Accept');
});

test('JSON is another representation: its tag is weak and not the picture’s', async () => {
  const asking = { accept: 'application/json' };
  const tags = [
    (await answerTo({ body: png })).headers.etag,
    (await answerTo({ body: png, headers: asking })).headers.etag,
  ];
  expect(tags[1]).toBe(`W/${String(tags[0]).slice(0, -1)}-json"`);
  const status = async (accept: string, tag: unknown) =>
    (await answerTo({ body: png, method: 'GET', headers: { accept, 'if-none-match': String(tag) } })).status;
  expect(await status('application/json', tags[0])).toBe(200);
  expect(await status('image/*', tags[1])).toBe(200);
  expect(await status('application/json', tags[1])).toBe(304);
});

test('the work gets the intake’s own limit of pixels', async () => {
  vi.stubEnv('INTAKE_MAX_PIXELS', '123456');
  const work = vi.fn(async () => ({ bytes: png, contentType: 'image/png', width: 1, height: 1, timings: {} }));
  const limited = pictureFunction({
    name: 'x',
    summary: 'x',
    options: z.object({}),
    version: '1',
    memory: () => 0,
    work,
  });
  vi.unstubAllEnvs();
  const context = {
    status: () => context,
    headers: () => context,
    succeed: () => undefined,
  } as unknown as FunctionContext;
  await limited.handle(eventOf({ body: png }), context);
  expect(work).toHaveBeenCalledWith(expect.anything(), {}, expect.objectContaining({ maxPixels: 123_456 }), []);
});

test('access is asked first, and its parameters are no options', async () => {
  vi.stubEnv('ACCESS_SIGNING', 'signing');
  vi.stubEnv('SIGNING', 'a-key-of-sixteen-characters');
  const work = vi.fn(async () => ({ bytes: png, contentType: 'image/png', width: 1, height: 1, timings: {} }));
  const guarded = pictureFunction({
    name: 'x-fn',
    summary: 'x',
    options: z.object({}),
    version: '1',
    memory: () => 0,
    work,
  });
  vi.unstubAllEnvs();
  const context = {} as FunctionContext;
  await expect(guarded.handle(eventOf({ body: png }), context)).rejects.toMatchObject({ code: 'signature-invalid' });
  const query = { expires: '99999999999' };
  const signature = sign({ name: 'x-fn', path: '/', query }, 'a-key-of-sixteen-characters');
  const signed = eventOf({ method: 'GET', query: { ...query, signature } });
  // Let in, it lacks nothing but a picture.
  await expect(guarded.handle(signed, context)).rejects.toMatchObject({ code: 'source-missing' });
});

test('as many run at once as there are threads; whoever waits for a place has sent nothing of its body', async () => {
  vi.stubEnv('UV_THREADPOOL_SIZE', '1');
  let [running, most] = [0, 0];
  let release = (): void => undefined;
  const gate = new Promise<void>((resolve) => {
    release = resolve;
  });
  const counted = pictureFunction({
    name: 'counted',
    summary: 'x',
    options: z.object({ n: numberOption({ min: 0, max: 999 }) }),
    version: '1',
    memory: () => 0,
    work: async () => {
      running += 1;
      most = Math.max(most, running);
      await gate;
      running -= 1;
      return { bytes: png, contentType: 'image/png', width: 1, height: 1, timings: {} };
    },
  });
  vi.unstubAllEnvs();
  const context = { status: () => context, headers: () => context, succeed: () => undefined } as never;
  const events = Array.from({ length: 100 }, (_, n) => eventOf({ body: png, query: { n: String(n) } }));
  const all = events.map((event) => counted.handle(event, context));
  const untouched = () => events.filter(({ body }) => !body.readableDidRead).length;
  await vi.waitFor(() => expect(untouched()).toBe(100 - 64), 5_000);
  release();
  await Promise.all(all);
  expect(untouched()).toBe(0);
  expect(most).toBe(1);
});

test('other verbs are refused with the ones allowed', async () => {
  await expect(answerTo({ body: png, method: 'DELETE' })).rejects.toMatchObject({
    status: 405,
    headers: { allow: 'GET, HEAD, POST, PUT' },
  });
});

test('describes itself', () => {
  const { paths } = echo.openapi() as {
    paths: { '/': { post: { parameters: { name: string; schema: object }[]; responses: object } } };
  };
  expect(paths['/'].post.parameters.map(({ name }) => name)).toEqual(['angle', 'format', 'output']);
  expect(paths['/'].post.parameters[0]?.schema).toMatchObject({ type: 'number', minimum: 0, maximum: 360, default: 0 });
  expect(Object.keys(paths['/'].post.responses)).toEqual(
    expect.arrayContaining(['200', '400', '413', '415', '422', '429']),
  );
});
