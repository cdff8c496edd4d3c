import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { formOf } from './events.ts';
import { picture } from './pictures.ts';
import { type System, startSystem } from './system.ts';

/* The pipeline through the real gateway: every step is a call of another function's process. */

// Functions start from nothing, on machines that may be busy.
vi.setConfig({ testTimeout: 60_000 });

const STEPS = 'denoise;rotate:90;classify:labels=cat|dog,minCosine=0';
const store = mkdtempSync(path.join(tmpdir(), 'obscura-pipeline-'));
let system: System;
let png: Buffer;

beforeAll(async () => {
  system = await startSystem({ STORE_URL: `file:${store}` });
  png = await picture(96, 64).png().toBuffer();
});
afterAll(async () => {
  await system?.stop();
  rmSync(store, { recursive: true, force: true });
});

interface Sent {
  query?: Record<string, string>;
  body?: Buffer;
  headers?: Record<string, string>;
  method?: string;
}

const call = (at: string, { query = {}, body, headers = {}, method = 'POST' }: Sent = {}) =>
  fetch(`${system.url}/function/${at}?${new URLSearchParams(query)}`, {
    method,
    headers,
    ...(body && { body: new Uint8Array(body) }),
  });

// biome-ignore lint/suspicious/noExplicitAny: answers are looked at member by member
const json = (response: Response): Promise<any> => response.json();
const bytesOf = async (response: Response): Promise<Buffer> => Buffer.from(await response.arrayBuffer());

const batchOf = (bodies: Buffer[]) =>
  formOf(bodies.map((body, index) => ['images', new Blob([new Uint8Array(body)]), `${index}.png`]));

describe('one picture', () => {
  test('goes through its steps; each tells how long it took and what came out', async () => {
    const answer = await json(await call('pipeline-fn', { query: { steps: STEPS }, body: png }));
    expect(answer.labels.map(({ label }: { label: string }) => label).sort()).toEqual(['cat', 'dog']);
    expect(answer.steps.map((step: { name: string; function: string }) => [step.name, step.function])).toEqual([
      ['denoise', 'denoise-fn'],
      ['rotate', 'rotate-fn'],
      ['classify', 'clip-fn'],
    ]);
    expect(answer.steps[1]).toMatchObject({ width: 64, height: 96, tries: 1 });
    for (const { ms, bytes } of answer.steps) {
      expect(ms.work).toBeGreaterThan(0);
      expect(ms.call).toBeGreaterThanOrEqual(ms.work);
      expect(ms.queue).toBeLessThan(1_000);
      expect(bytes).toBeGreaterThan(50);
    }
    expect(answer.steps[0].image).toBeUndefined();
  });

  test('ends as what its functions make one after the other, byte for byte', async () => {
    const denoised = await bytesOf(await call('denoise-fn', { body: png }));
    const turned = await bytesOf(await call('rotate-fn', { query: { angle: '90' }, body: denoised }));
    const query = { steps: STEPS, output: 'picture' };
    const response = await call('pipeline-fn', { query, body: png });
    expect(response.headers.get('content-type')).toBe('image/png');
    expect(response.headers.get('x-image-width')).toBe('64');
    expect((await bytesOf(response)).equals(turned)).toBe(true);
    const all = await json(await call('pipeline-fn', { query: { steps: STEPS, pictures: 'all' }, body: png }));
    expect(Buffer.from(all.steps[0].image, 'base64').equals(denoised)).toBe(true);
    expect(Buffer.from(all.picture.image, 'base64').equals(turned)).toBe(true);
  });

  test('without steps does what the stack says, and the classifier never sees black for transparent', async () => {
    const clear = await sharp({ create: { width: 64, height: 64, channels: 4, background: '#00000000' } })
      .png()
      .toBuffer();
    const white = await sharp({ create: { width: 64, height: 64, channels: 3, background: '#ffffff' } })
      .png()
      .toBuffer();
    const seen = async (body: Buffer) =>
      (await json(await call('pipeline-fn', { query: { steps: 'classify:labels=snow|coal,minCosine=0' }, body })))
        .labels;
    expect(await seen(clear)).toEqual(await seen(white));
    const standard = await json(await call('pipeline-fn', { body: png }));
    expect(standard.steps.map(({ name }: { name: string }) => name)).toEqual(['denoise', 'cutout', 'classify']);
    expect(standard.labels).toHaveLength(5);
  });

  test('independent branches run side by side', async () => {
    const steps = 'classify:labels=cat|dog,sees=original;grayscale;resize:width=20,sees=original';
    const { steps: records } = await json(await call('pipeline-fn', { query: { steps }, body: png }));
    expect(records.map(({ start }: { start: number }) => start)).toEqual([0, 0, 0]);
  });
});

describe('events', () => {
  test('tell each step as it is done, then everything', async () => {
    const response = await call('pipeline-fn', {
      query: { steps: STEPS },
      body: png,
      headers: { accept: 'text/event-stream' },
    });
    expect(response.headers.get('content-type')).toBe('text/event-stream');
    const text = await response.text();
    expect([...text.matchAll(/^event: (\w+)$/gm)].map(([, name]) => name)).toEqual([
      ...['begun', 'step', 'step', 'step', 'picture', 'done'],
    ]);
    const done = JSON.parse(/event: done\ndata: (.*)\n/.exec(text)?.[1] ?? '');
    expect(done.labels).toHaveLength(2);
  });
});

test('events come while the work goes on, through the gateway', async () => {
  const large = await picture(2_000, 1_500).jpeg().toBuffer();
  const headers = { accept: 'text/event-stream' };
  const response = await call('pipeline-fn', { query: { steps: 'grayscale;denoise' }, body: large, headers });
  let early = '';
  for await (const chunk of response.body as unknown as AsyncIterable<Uint8Array>) {
    early += Buffer.from(chunk).toString();
    if (early.includes('event: step')) break;
  }
  expect(early).toContain('"name":"grayscale"');
  expect(early).not.toContain('event: done');
});

test('describes itself', async () => {
  const { paths } = await json(await call('pipeline-fn/openapi.json', { method: 'GET' }));
  const names = paths['/'].post.parameters.map(({ name }: { name: string }) => name);
  expect(names).toEqual(['steps', 'pictures', 'output']);
  expect(Object.keys(paths)).toContain('/jobs/{id}/pictures/{picture}/{step}');
});

describe('a batch', () => {
  test('flows through together; a bad picture spoils nothing but itself', async () => {
    const form = await batchOf([png, Buffer.from('Dear reader, this is no picture.'), png]);
    const answer = await json(await call('pipeline-fn', { query: { steps: STEPS }, ...form }));
    expect(answer.pictures.map(({ error }: { error?: { code: string } }) => error?.code)).toEqual([
      undefined,
      'not-a-picture',
      undefined,
    ]);
    expect(answer.pictures[0].labels).toEqual(answer.pictures[2].labels);
    expect(answer.stages.map(({ name, count }: { name: string; count: number }) => [name, count])).toEqual([
      ['denoise', 2],
      ['rotate', 2],
      ['classify', 2],
    ]);
    expect(answer.stages[0].call.p95).toBeGreaterThanOrEqual(answer.stages[0].call.p50);
  });

  test('is drawn as a timeline and written as a table', async () => {
    const form = await batchOf([png, png]);
    const as = (output: string) => call('pipeline-fn', { query: { steps: STEPS, output }, ...form });
    const svg = await (await as('svg')).text();
    expect(svg.match(/<rect x=/g)).toHaveLength(12);
    expect(await sharp(await bytesOf(await as('png'))).metadata()).toMatchObject({ format: 'png', width: 1_340 });
    const lines = (await (await as('csv')).text()).trim().split('\r\n');
    expect(lines).toHaveLength(7);
    expect(lines[0]).toMatch(/^picture,step,function,start,queue,call,work/);
    expect(await (await as('markdown')).text()).toMatch(/\| denoise \| denoise-fn \| 2 \| 0 \|/);
  });
});

describe('what cannot be done is said', () => {
  test.each([
    [{ steps: 'sharpen;paint' }, 400, 'option-invalid', /Step 2 \(paint\).*there are classify/],
    [{ steps: 'pipeline-fn' }, 400, 'option-invalid', /no such step/],
    [{ steps: 'rotate:angle=left' }, 400, 'option-invalid', /Step 1 \(rotate\).*angle/],
    [{ steps: 'rotate:90', colour: 'blue' }, 400, 'option-unknown', /colour/],
    [{ steps: 'classify:labels=cat,top=none' }, 400, 'option-invalid', /top/],
  ])('%j', async (query, status, code, words) => {
    const response = await call('pipeline-fn', { query: query as unknown as Record<string, string>, body: png });
    const problem = await json(response);
    expect([response.status, problem.code]).toEqual([status, code]);
    expect(problem.detail).toMatch(words);
  });

  test('a step that may fail is left out where it says so', async () => {
    const steps = 'classify:labels=cat,top=none,onError=skip;rotate:90';
    const answer = await json(await call('pipeline-fn', { query: { steps }, body: png }));
    expect(answer.steps[0].error).toMatchObject({ code: 'option-invalid', step: 'classify' });
    expect(answer.steps[1]).toMatchObject({ width: 64, height: 96 });
  });
});
