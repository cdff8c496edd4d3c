import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import { type IncomingMessage, request } from 'node:http';
import { fileURLToPath } from 'node:url';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { formOf } from './events.ts';
import { difference, hugePng, picture, pixelsOf } from './pictures.ts';
import { GATEWAY_URL, type System, startSystem } from './system.ts';

/* The main job, end to end: every request goes through the gateway to a function in a process of its own. */

let system: System;
let jpeg: Buffer;
let png: Buffer;

beforeAll(async () => {
  system = await startSystem();
  jpeg = await picture(90, 60).jpeg({ quality: 95 }).toBuffer();
  png = await picture(90, 60).png().toBuffer();
});
afterAll(() => system?.stop());

interface Sent {
  body?: Buffer | string;
  headers?: Record<string, string>;
  method?: string;
}

const call = (path: string, { body, headers = {}, method = 'POST' }: Sent = {}) =>
  fetch(`${system.url}/function/${path}`, {
    method,
    headers,
    redirect: 'manual',
    ...(body !== undefined && { body: new Uint8Array(Buffer.from(body as string)) }),
  });

// biome-ignore lint/suspicious/noExplicitAny: answers are looked at member by member
const json = (response: Response): Promise<any> => response.json();

async function pictureFrom(path: string, body: Buffer) {
  const response = await call(path, { body });
  const bytes = Buffer.from(await response.arrayBuffer());
  expect(response.status, bytes.toString('utf8', 0, 300)).toBe(200);
  return { bytes, headers: response.headers, ...(await pixelsOf(bytes)) };
}

describe('transforms', () => {
  test('curl --data-binary @photo …/rotate-fn?angle=90 swaps the sides', async () => {
    const response = await call('rotate-fn?angle=90', {
      body: jpeg,
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
    });
    expect(response.headers.get('content-type')).toBe('image/jpeg');
    expect(response.headers.get('x-image-width')).toBe('60');
    expect(response.headers.get('x-content-type-options')).toBe('nosniff');
    const { width, height } = await pixelsOf(Buffer.from(await response.arrayBuffer()));
    expect([width, height]).toEqual([60, 90]);
  });

  test('four turns of a PNG are bit-identical pixels', async () => {
    let bytes = png;
    for (let times = 0; times < 4; times++) ({ bytes } = await pictureFrom('rotate-fn?angle=90', bytes));
    expect((await pixelsOf(bytes)).data.equals((await pixelsOf(png)).data)).toBe(true);
  });

  test('a picture stored lying comes out upright', async () => {
    const lying = await sharp(await sharp(png).rotate(270).png().toBuffer())
      .withMetadata({ orientation: 6 })
      .jpeg({ quality: 95 })
      .toBuffer();
    const { width, height, data } = await pictureFrom('grayscale-fn?format=png', lying);
    expect([width, height]).toEqual([90, 60]);
    expect(difference(data, (await pictureFrom('grayscale-fn?format=png', png)).data)).toBeLessThan(4);
  });

  test('resize, and a form with options as fields', async () => {
    expect(await pictureFrom('resize-fn?width=45', png)).toMatchObject({ width: 45, height: 30 });
    const form = await formOf([
      ['image', new Blob([new Uint8Array(png)]), 'x.png'],
      ['width', '20'],
      ['height', '20'],
      ['format', 'webp'],
    ]);
    const response = await call('resize-fn', { body: form.body, headers: form.headers });
    expect(response.headers.get('content-type')).toBe('image/webp');
    expect(await pixelsOf(Buffer.from(await response.arrayBuffer()))).toMatchObject({ width: 20, height: 20 });
  });

  test('a chain runs in its order; rotate:90;rotate:180 is 270', async () => {
    const chained = await pictureFrom('transform-fn?chain=rotate:90;rotate:180', png);
    expect(chained.data.equals((await pictureFrom('rotate-fn?angle=270', png)).data)).toBe(true);
  });

  test('transform-fn without a chain normalises', async () => {
    const { width, height, data } = await pictureFrom('transform-fn', png);
    expect([width, height]).toEqual([1024, 768]);
    expect(data[0]).toBe(data[1]);
  });

  test('as faas-cli sends it: text/plain, name.namespace, no path', async () => {
    const response = await call('rotate-fn.openfaas-fn', { body: jpeg, headers: { 'content-type': 'text/plain' } });
    expect(response.status).toBe(200);
    expect(response.headers.get('content-type')).toBe('image/jpeg');
  });
});

describe('labels', () => {
  test('own labels, and the default set without any', async () => {
    const own = await json(await call('clip-fn?labels=cat,dog&minCosine=0', { body: jpeg }));
    expect(own.labels.map(({ label }: { label: string }) => label).sort()).toEqual(['cat', 'dog']);
    const scores = own.labels.map(({ score }: { score: number }) => score);
    expect(scores[0]).toBeGreaterThanOrEqual(scores[1]);
    expect(scores[0] + scores[1]).toBeCloseTo(1, 5);
    const standard = await json(await call('clip-fn', { body: jpeg, headers: { 'content-type': 'text/plain' } }));
    expect(standard.labels).toHaveLength(5);
    expect(standard.model).toBeTypeOf('string');
  });
});

describe('bad input gets a clear answer, and the next request its own', () => {
  const functions = ['rotate-fn', 'clip-fn', 'transform-fn'];
  const svg = '<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"/>';
  const cases: [string, () => Sent, string, number, string][] = [
    ['a text file', () => ({ body: 'Dear reader, this is a letter and no picture.' }), '', 415, 'not-a-picture'],
    ['an SVG', () => ({ body: svg, headers: { 'content-type': 'image/svg+xml' } }), '', 415, 'not-a-picture'],
    ['a truncated JPEG', () => ({ body: jpeg.subarray(0, jpeg.length / 2) }), '', 422, 'picture-damaged'],
    ['a 20,000 × 20,000 PNG header', () => ({ body: hugePng(20_000, 20_000) }), '', 413, 'too-many-pixels'],
    ['an empty body', () => ({ body: '' }), '', 400, 'source-missing'],
    ['an unknown option', () => ({ body: jpeg }), '?colour=blue', 400, 'option-unknown'],
  ];
  const all = functions.flatMap((name) => cases.map((item) => [name, ...item] as const));

  test.each(all)('%s: %s', async (name, _, make, query, status, code) => {
    await call(name, { body: jpeg }).then((response) => response.arrayBuffer());
    const response = await call(`${name}${query}`, make());
    const problem = await json(response);
    expect(problem).toMatchObject({ status, code, detail: expect.stringMatching(/\w+ \w+/) });
    expect(response.status).toBe(status);
    expect(response.headers.get('content-type')).toMatch(/^application\/problem\+json/);
    expect(response.headers.get('x-call-id')).toBe(problem.callId);
    expect(JSON.stringify(problem)).not.toMatch(/\/home|\/src\/|\.ts:|node_modules|\\n\s+at /);
    expect((await call(name, { body: jpeg })).status).toBe(200);
  });

  test('an empty label list', async () => {
    const response = await call('clip-fn?labels=', { body: jpeg });
    expect(await response.json()).toMatchObject({ status: 400, code: 'option-invalid', option: 'labels' });
  });

  test('a function that does not exist, a verb that does not fit', async () => {
    expect((await call('nothing-fn', { body: jpeg })).status).toBe(404);
    const response = await call('rotate-fn', { method: 'DELETE' });
    expect([response.status, response.headers.get('allow')]).toEqual([405, 'GET, HEAD, POST, PUT']);
  });
});

describe('the page', () => {
  test.each(['frontend-fn', 'frontend-fn/'])(
    'is served at /function/%s with a policy that allows only itself',
    async (path) => {
      const response = await call(path, { method: 'GET' });
      expect(response.status).toBe(200);
      expect(response.headers.get('content-type')).toMatch(/^text\/html/);
      expect(response.headers.get('content-security-policy')).toMatch(/default-src 'none'/);
      const html = await response.text();
      expect(html).toContain('<base href="/function/frontend-fn/">');
      expect(html).not.toMatch(/\son\w+=|https?:\/\/(?!127|…)/);
    },
  );

  test('its function calls the others through the gateway', async () => {
    const invocations = async (name: string): Promise<number> => {
      const { authorization } = system;
      // OpenFaaS counts in the list alone, and by what Prometheus has seen of it.
      const list: { name: string; invocationCount?: number }[] = await json(
        await fetch(`${system.url}/system/functions`, { headers: { authorization } }),
      );
      return list.find((one) => one.name === name)?.invocationCount ?? 0;
    };
    const before = [await invocations('clip-fn'), await invocations('rotate-fn')];
    const upload = new Blob([new Uint8Array(jpeg)]);
    const labels = await formOf([
      ['image', upload, 'x.jpg'],
      ['labels', 'cat,dog'],
    ]);
    const seen = await call('frontend-fn/classify', { body: labels.body, headers: labels.headers });
    expect((await json(seen)).labels).toHaveLength(2);
    const turn = await formOf([
      ['image', upload, 'x.jpg'],
      ['operation', 'rotate'],
      ['angle', '90'],
    ]);
    const turned = await call('frontend-fn/transform', { body: turn.body, headers: turn.headers });
    expect(await pixelsOf(Buffer.from(await turned.arrayBuffer()))).toMatchObject({ width: 60, height: 90 });
    const more = async () => {
      const after = [await invocations('clip-fn'), await invocations('rotate-fn')];
      return after.map((count, index) => count - (before[index] as number));
    };
    // Prometheus may see earlier calls late, too.
    if (GATEWAY_URL) await expect.poll(async () => Math.min(...(await more()))).toBeGreaterThan(0);
    else await expect.poll(more, { timeout: 30_000 }).toEqual([1, 1]);
  });
});

const samples = fileURLToPath(new URL('../../shared/samples/', import.meta.url));

test.skipIf(!existsSync(samples))(
  'real photos keep their shape through a quarter turn (needs ../shared/samples)',
  async () => {
    for (const name of ['large-cat', 'tabby', 'zebra', 'laptop']) {
      const photo = readFileSync(`${samples}${name}.jpg`);
      const upright = (await sharp(photo).metadata()).autoOrient;
      expect(await pictureFrom('rotate-fn?angle=90', photo)).toMatchObject({
        width: upright.height,
        height: upright.width,
      });
    }
  },
);

test('Ctrl-C drains, exits 0 and leaves no process behind', async () => {
  const other = await startSystem();
  await fetch(`${other.url}/function/rotate-fn`, { method: 'POST', body: new Uint8Array(jpeg) });
  const slow = request(`${other.url}/function/resize-fn?width=4000&format=png`, {
    method: 'POST',
    headers: { 'content-length': jpeg.length, expect: '100-continue' },
  });
  const answer = once(slow, 'response') as Promise<[IncomingMessage]>;
  slow.flushHeaders();
  await once(slow, 'continue');
  slow.end(jpeg);
  expect(await other.stop()).toBe(0);
  const [{ statusCode }] = await answer;
  expect(statusCode).toBe(200);
});
