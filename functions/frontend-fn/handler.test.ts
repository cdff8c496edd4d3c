import { readFileSync } from 'node:fs';
import sharp from 'sharp';
import { afterAll, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import { Problem } from '#contract/problems';
import { formOf } from '../../test/events.ts';
import { picture } from '../../test/pictures.ts';
import { ask, formEvent, gateway, HOSTILE, problem, type Request, reset, start, stop } from './fixtures/front-end.ts';
import { openapi } from './handler.ts';

const jpeg = await picture(30, 20).jpeg().toBuffer();
beforeAll(start);
beforeEach(reset);
afterAll(stop);

async function problemOf(request: Request): Promise<Problem> {
  const error = await ask(request).then(
    () => undefined,
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(Problem);
  return error as Problem;
}

describe('the page', () => {
  test('has a base, so that it works with and without a trailing slash, and allows only itself', async () => {
    const { status, headers, text } = await ask({ method: 'GET' });
    expect(status).toBe(200);
    expect(headers['content-type']).toBe('text/html; charset=utf-8');
    expect(text).toContain('<base href="/function/frontend-fn/">');
    expect(headers['content-security-policy']).toBe(
      "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; connect-src 'self'; " +
        "form-action 'self'; base-uri 'self'; frame-ancestors 'none'",
    );
    expect(headers).toMatchObject({ 'x-content-type-options': 'nosniff', 'referrer-policy': 'same-origin' });
    expect(text).not.toMatch(/\son\w+=|\sstyle=|<style|<script(?! type="module" src="assets\/)|https?:\/\/\w/);
    // Every address in it is relative to the base, or data.
    const addresses = [...text.matchAll(/\b(?:href|src|action)="([^"]*)"/g)].map((match) => match[1] ?? '');
    expect(addresses.filter((it) => !/^(assets\/|samples\/|\?sample=|\.\/|docs$|data:)/.test(it))).toEqual([
      '/function/frontend-fn/',
    ]);
  });

  test('takes its base from PAGE_BASE, adds the slash and escapes it', async () => {
    process.env.PAGE_BASE = `/apps/"><b>`;
    try {
      expect((await ask({ method: 'GET' })).text).toContain('<base href="/apps/&quot;&gt;&lt;b&gt;/">');
    } finally {
      delete process.env.PAGE_BASE;
    }
  });

  test('is not sent again to who has it', async () => {
    const { headers } = await ask({ method: 'GET' });
    const again = await ask({ method: 'GET', headers: { 'if-none-match': String(headers.etag) } });
    expect(again).toMatchObject({ status: 304, text: '' });
  });

  test('serves its script and style under hashed names, for ever, compressed where wanted', async () => {
    const { text } = await ask({ method: 'GET' });
    const [script, style] = [/assets\/main-\w+\.js/.exec(text)?.[0], /assets\/main-\w+\.css/.exec(text)?.[0]];
    const plain = await ask({ method: 'GET', path: `/${script}` });
    expect(plain.headers).toMatchObject({
      'content-type': 'text/javascript; charset=utf-8',
      'cache-control': 'public, max-age=31536000, immutable',
      'x-content-type-options': 'nosniff',
    });
    const zipped = await ask({ method: 'GET', path: `/${script}`, headers: { 'accept-encoding': 'gzip, br' } });
    expect(zipped.headers['content-encoding']).toBe('gzip');
    expect(zipped.body.length).toBeLessThan(60_000);
    expect((await ask({ method: 'GET', path: `/${style}` })).headers['content-type']).toMatch(/^text\/css/);
  });

  test('serves the sample pictures it shows, and knows their sizes', async () => {
    const { text } = await ask({ method: 'GET' });
    const shown = [...text.matchAll(/src="(samples\/[^"]+)"[^>]*width="(\d+)" height="(\d+)"/g)];
    expect(shown.length).toBeGreaterThanOrEqual(3);
    for (const [, path, width, height] of shown) {
      const { headers, body } = await ask({ method: 'GET', path: `/${path}` });
      expect(headers['content-type']).toBe('image/jpeg');
      expect(body.length).toBeLessThan(120_000);
      const size = await sharp(body).metadata();
      expect([size.width, size.height]).toEqual([Number(width), Number(height)]);
    }
  });

  test.each([
    '/assets/../meta.json',
    '/assets/meta.json',
    '/assets/%2e%2e/index.js',
    '/assets/..%2findex.js',
    '/assets/samples/cat.jpg',
    '/samples/../main.js',
    '/samples/CREDITS.md',
    '/samples/__proto__',
    '/assets/',
    '/constructor',
    '/nothing',
  ])('has no file %s', async (path) => {
    expect((await problemOf({ method: 'GET', path })).code).toBe('not-found');
  });

  test('names the methods of a path', async () => {
    const refused = await problemOf({ method: 'DELETE', path: '/' });
    expect(refused).toMatchObject({ code: 'method-not-allowed', headers: { allow: 'GET, HEAD, POST' } });
    expect((await problemOf({ method: 'GET', path: '/classify' })).headers.allow).toBe('POST');
  });

  test('describes its routes', () => {
    const { paths } = openapi() as { paths: Record<string, object> };
    expect(Object.keys(paths)).toEqual([
      ...[
        '/',
        '/classify',
        '/classify-by-example',
        '/embed',
        '/rank',
        '/transform',
        '/picture',
        '/labelsets',
        '/model',
        '/docs',
        '/pipeline',
      ],
      ...['/jobs', '/feedback', '/feedback.csv', '/predict'],
      ...['/jobs/{id}', '/jobs/{id}/events'],
    ]);
    expect(JSON.stringify(paths['/transform'])).toContain('"angle"');
  });
});

describe('classify', () => {
  test('asks clip-fn through the gateway, with the bytes as they came and the call id', async () => {
    const event = await formEvent('/classify', { labels: 'cat, a "b" & c', top: '3', prompt: 'none' }, jpeg);
    const { headers, text } = await ask(event);
    expect(JSON.parse(text).labels[0].label).toBe('cat');
    expect(headers['content-type']).toBe('application/json');
    expect(gateway.sent).toHaveLength(1);
    expect(gateway.sent[0]?.url.pathname).toBe('/function/clip-fn');
    expect(Object.fromEntries(gateway.sent[0]?.url.searchParams ?? [])).toEqual({
      labels: '["cat","a \\"b\\" & c"]',
      top: '3',
      prompt: 'none',
    });
    expect(gateway.sent[0]?.body.equals(jpeg)).toBe(true);
    expect(gateway.sent[0]?.headers).toMatchObject({
      accept: 'application/json',
      'x-call-id': expect.stringMatching(/-/),
    });
  });

  test('sends many labels as a form, since a request line has an end', async () => {
    const labels = Array.from({ length: 1_500 }, (_, index) => `label number ${index}`);
    await ask(await formEvent('/classify', { labels: JSON.stringify(labels) }, jpeg));
    const [call] = gateway.sent;
    expect(call?.url.search).toBe('');
    const form = await new Response(new Uint8Array(call?.body ?? []), {
      headers: { 'content-type': String(call?.headers['content-type']) },
    }).formData();
    expect(JSON.parse(String(form.get('labels')))).toEqual(labels);
    expect(Buffer.from(await (form.get('image') as File).arrayBuffer()).equals(jpeg)).toBe(true);
  });

  test('takes raw bytes too, and ?do=classify where no path can be set', async () => {
    await ask({ body: jpeg, query: { do: 'classify', labelset: 'cifar10' } });
    expect(gateway.sent[0]?.url.search).toBe('?labelset=cifar10');
  });

  test("passes clip-fn's problem on", async () => {
    gateway.functions['clip-fn'] = (_, response) => problem(response, 400, 'option-invalid', 'Option "labels" is odd.');
    const refused = await problemOf(await formEvent('/classify', { labels: 'x' }, jpeg));
    expect(refused).toMatchObject({ code: 'option-invalid', status: 400, message: 'Option "labels" is odd.' });
  });

  test.each([
    ['text', Buffer.from('hello'), 'not-a-picture'],
    ['an SVG', Buffer.from('<svg xmlns="http://www.w3.org/2000/svg"/>'), 'not-a-picture'],
    ['nothing', null, 'source-missing'],
  ])('refuses %s before it calls anybody', async (_, file, code) => {
    const event = file ? await formEvent('/classify', {}, file) : { path: '/classify' };
    expect((await problemOf(event)).code).toBe(code);
    expect(gateway.sent).toHaveLength(0);
  });

  test('refuses an option it does not know', async () => {
    expect((await problemOf(await formEvent('/classify', { nonsense: '1' }, jpeg))).code).toBe('option-unknown');
  });
});

describe('transform', () => {
  test.each([
    ['rotate-fn', { operation: 'rotate', angle: '90', background: '#fff' }, '?angle=90&background=%23fff'],
    ['resize-fn', { operation: 'resize', width: '10', fit: 'cover' }, '?width=10&fit=cover'],
    ['grayscale-fn', { operation: 'grayscale', format: 'png' }, '?format=png'],
    ['transform-fn', { chain: 'rotate:90;grayscale' }, '?chain=rotate%3A90%3Bgrayscale'],
  ])('is done by %s', async (name, fields, search) => {
    const { headers, body } = await ask(await formEvent('/transform', fields, jpeg));
    expect(headers).toMatchObject({
      'content-type': 'image/png',
      'x-image-width': '30',
      'x-content-type-options': 'nosniff',
    });
    expect((await sharp(body).metadata()).format).toBe('png');
    expect(gateway.sent[0]).toMatchObject({ name, headers: { accept: 'image/*' } });
    // Options mean the same in any order.
    const sent = gateway.sent[0]?.url.searchParams ?? [];
    expect(new Set([...sent].map(String))).toEqual(new Set([...new URLSearchParams(search)].map(String)));
  });

  test('needs an operation or a chain, and not both', async () => {
    const fields = [{}, { operation: 'rotate', chain: 'grayscale' }, { operation: 'explode' }];
    for (const field of fields) {
      expect((await problemOf(await formEvent('/transform', field as Record<string, string>, jpeg))).code).toBe(
        'option-invalid',
      );
    }
    expect(gateway.sent).toHaveLength(0);
  });

  test('hands a second picture on beside the first', async () => {
    const event = await formOf([
      ...[['chain', 'watermark'] as [string, string]],
      ['image', new Blob([new Uint8Array(jpeg)]), 'a.jpg'],
      ['watermark', new Blob([new Uint8Array(jpeg)]), 'b.jpg'],
    ]);
    await ask({ path: '/transform', ...event });
    const [call] = gateway.sent;
    const type = String(call?.headers['content-type']);
    const form = await new Response(new Uint8Array(call?.body ?? []), { headers: { 'content-type': type } }).formData();
    expect([...form.keys()]).toEqual(['image', 'watermark']);
    expect(call?.url.search).toBe('?chain=watermark');
  });

  test('passes on what an operation tells of a picture', async () => {
    gateway.functions['transform-fn'] = (_, response) =>
      response.setHeader('content-type', 'application/json').end('{"width":30}');
    const { headers, text } = await ask(await formEvent('/transform', { chain: 'info' }, jpeg));
    expect([headers['content-type'], text]).toEqual(['application/json', '{"width":30}']);
  });

  test('does not pass on what is no picture', async () => {
    gateway.functions['rotate-fn'] = (_, response) =>
      void response.setHeader('content-type', 'text/html').end('<script>');
    const refused = await problemOf(await formEvent('/transform', { operation: 'rotate' }, jpeg));
    expect(refused).toMatchObject({ code: 'function-failed', status: 502 });
  });
});

describe('a picture by its address', () => {
  test('comes as it is, behind the address guard', async () => {
    vi.stubEnv('INTAKE_URL_NETWORKS', '127.0.0.0/8');
    gateway.functions.somewhere = (_, response) => response.writeHead(200, { 'content-type': 'text/html' }).end(jpeg);
    const url = `${process.env.gateway_url}/function/somewhere`;
    const { headers, body } = await ask({ method: 'GET', path: '/picture', query: { url } });
    expect(headers).toMatchObject({ 'content-type': 'image/jpeg', 'x-content-type-options': 'nosniff' });
    expect(body.equals(jpeg)).toBe(true);
    gateway.functions.somewhere = (_, response) => response.end('a secret');
    expect((await problemOf({ method: 'GET', path: '/picture', query: { url } })).code).toBe('not-a-picture');
    vi.unstubAllEnvs();
    expect((await problemOf({ method: 'GET', path: '/picture', query: { url } })).code).toBe('address-refused');
  });
});

test('the model in use: data for the page, a page for who follows its link', async () => {
  const facts = { id: 'clip-mini', source: HOSTILE, licence: 'MIT', card: `# Card ${HOSTILE}` };
  gateway.functions['clip-fn'] = (_, response) =>
    response.setHeader('content-type', 'application/json').end(JSON.stringify(facts));
  expect(JSON.parse((await ask({ method: 'GET', path: '/model' })).text)).toEqual(facts);
  expect(gateway.sent[0]?.url.pathname).toBe('/function/clip-fn/model');
  const { text } = await ask({ method: 'GET', path: '/model', headers: { accept: 'text/html' } });
  expect(text).toContain('npm run models -- install clip-vit-b-32');
  expect(text).not.toContain(HOSTILE);
});

test('a pipeline is handed on as it comes, and so are its events', async () => {
  gateway.functions['pipeline-fn'] = (_, response) =>
    response.writeHead(200, { 'content-type': 'text/event-stream' }).end('event: done\ndata: {}\n\n');
  const event = await formEvent('/pipeline', { steps: 'grayscale' }, jpeg);
  const { headers, text } = await ask({ ...event, headers: { ...event.headers, accept: 'text/event-stream' } });
  expect(headers['content-type']).toBe('text/event-stream');
  expect(text).toBe('event: done\ndata: {}\n\n');
  expect(gateway.sent[0]).toMatchObject({ url: { pathname: '/function/pipeline-fn' } });
  expect(gateway.sent[0]?.headers.accept).toBe('text/event-stream');
});

test('all words stand in one file', () => {
  for (const name of ['start-page', 'result-page', 'model-page', 'layout']) {
    const source = readFileSync(new URL(`./${name}.ts`, import.meta.url), 'utf8');
    const shown = source.matchAll(
      /(?:>|(?:alt|label|placeholder)=")([^<>${}"`;=()]*[A-Za-z]{3}[^<>${}"`;=()]*)(?=<|")/g,
    );
    expect([...shown].map(([, words]) => words).filter((words) => words !== 'Obscura')).toEqual([]);
  }
});

test('labelsets are those of clip-fn', async () => {
  const { text } = await ask({ method: 'GET', path: '/labelsets' });
  expect(gateway.sent[0]).toMatchObject({ name: 'clip-fn', url: { pathname: '/function/clip-fn/labelsets' } });
  expect(JSON.parse(text).model).toBe('clip-mini');
});
