import { cpSync, mkdtempSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import sharp from 'sharp';
import { describe, expect, test } from 'vitest';
import { startFunction } from '../../test/function.ts';
import { COLOUR_MODELS, clipFixture, red } from './testing.ts';

/* The bundle in a process of its own, asked over HTTP, with the hand-made colour model. */

const fn = clipFixture();

/** Whatever of it an answer has. */
interface Answer {
  model: string;
  labels: { label: string }[];
  hint: string;
  image: number[];
  texts: number[][];
  default: string;
  labelsets: { name: string; count: number }[];
  paths: Record<string, { post: { parameters: { name: string }[] } }>;
}

const post = (query: string, body: Buffer | string | FormData = red, headers: Record<string, string> = {}) =>
  fetch(`${fn.url}${query}`, { method: 'POST', body: body instanceof Buffer ? new Uint8Array(body) : body, headers });
const json = async (response: Response) => (await response.json()) as Answer;
const best = async (response: Response) => (await json(response)).labels[0]?.label;

describe('what is in a picture', () => {
  test('labels by query, the answer whole', async () => {
    const response = await post('/?labels=red,green,blue&top=2');
    expect(response.status).toBe(200);
    expect(response.headers.get('content-type')).toBe('application/json');
    expect(response.headers.get('x-content-type-options')).toBe('nosniff');
    expect(response.headers.get('server-timing')).toMatch(/^intake;dur=[\d.]+, queue;dur=.*infer;dur=/);
    expect(await response.json()).toEqual({
      model: 'tiny-clip',
      labels: [
        { label: 'red', score: expect.any(Number), cosine: expect.any(Number) },
        { label: expect.stringMatching(/green|blue/), score: expect.any(Number), cosine: expect.any(Number) },
      ],
      state: 'sure',
      unknown: false,
      timings: expect.objectContaining({ intake: expect.any(Number), infer: expect.any(Number) }),
    });
  });

  test.each([
    ['repeated', '/?labels=green&labels=red'],
    ['as a JSON array', `/?labels=${encodeURIComponent('["green","red"]')}`],
    ['under their other name', '/?candidate_labels=green,red'],
    ['with a prompt', `/?labels=green,red&prompt=${encodeURIComponent('the {}')}`],
    [
      'with several prompts',
      `/?labels=green,red&prompt=${encodeURIComponent('the {}')}&prompt=${encodeURIComponent('a {}')}`,
    ],
    ['with the ensemble', '/?labels=green,red&prompt=ensemble'],
    ['as PNG pixels stored', '/?labels=green,red&exif=ignore'],
  ])('labels %s', async (_, query) => {
    expect(await best(await post(query))).toBe('red');
  });

  test('a form', async () => {
    const form = new FormData();
    form.set('image', new Blob([new Uint8Array(red)]), 'x.jpg');
    form.append('labels', 'green');
    form.append('labels', 'red');
    expect(await best(await post('/', form))).toBe('red');
  });

  test('JSON', async () => {
    const body = JSON.stringify({ image: red.toString('base64'), labels: ['green', 'red'], prompt: ['a {}'], top: 1 });
    const response = await post('/', body, { 'content-type': 'application/json' });
    expect((await json(response)).labels).toEqual([
      { label: 'red', score: expect.any(Number), cosine: expect.any(Number) },
    ]);
  });

  test('without labels, and under any content type, the default set answers', async () => {
    const response = await post('/', red, { 'content-type': 'text/plain' });
    expect((await json(response)).labels).toHaveLength(5);
  });

  test('words that the model does not know are flagged, with a hint', async () => {
    const answer = await json(await post('/?labels=red,axolotl&minCosine=0'));
    expect(answer.labels[1]).toMatchObject({ label: 'axolotl', unfamiliar: true });
    expect(answer.hint).toMatch(/tiny-clip does not know "axolotl"/);
  });

  test('a table for a terminal, in which a label steers nothing', async () => {
    const labels = encodeURIComponent(JSON.stringify(['red', 'green \u001b[31m']));
    const response = await post(`/?labels=${labels}`, red, { accept: 'text/plain' });
    expect(response.headers.get('content-type')).toBe('text/plain; charset=utf-8');
    const text = await response.text();
    expect(text).toMatch(/^red +\d+\.\d % {2}0\.\d{3} {2}█+\n/);
    expect(text).not.toContain('\u001b');
    const both = await post('/?labels=red', red, { accept: 'application/json, text/plain, */*' });
    expect(both.headers.get('content-type')).toBe('application/json');
  });
});

describe('what is wrong is said', () => {
  test.each([
    ['an empty list', '/?labels=', 400, 'option-invalid', { option: 'labels' }],
    ['an empty list in JSON', '/?labels=%5B%5D', 400, 'option-invalid', { option: 'labels' }],
    ['a label of 201 characters', `/?labels=${'x'.repeat(201)}`, 400, 'option-invalid', { option: 'labels' }],
    ['labels and a set', '/?labels=a&labelset=cifar10', 400, 'option-invalid', { option: 'labelset' }],
    ['labels by both names', '/?labels=a&candidate_labels=b', 400, 'option-invalid', { option: 'candidate_labels' }],
    ['a set there is not', '/?labelset=..%2Fcifar10', 400, 'option-invalid', { option: 'labelset' }],
    ['a prompt without {}', '/?labels=a&prompt=hello', 400, 'option-invalid', { option: 'prompt' }],
    ['an option there is not', '/?lables=a', 400, 'option-unknown', { option: 'lables' }],
    ['a bound above 1', '/?labels=a&minCosine=7', 400, 'option-invalid', { option: 'minCosine' }],
    ['top 0', '/?labels=a&top=0', 400, 'option-invalid', { option: 'top' }],
    ['an action there is not', '/?do=sing', 400, 'option-invalid', { option: 'do' }],
    ['a path there is not', '/cats', 404, 'not-found', {}],
  ])('%s', async (_, query, status, code, members) => {
    const response = await post(query);
    expect(response.status).toBe(status);
    expect(response.headers.get('content-type')).toBe('application/problem+json');
    expect(await response.json()).toMatchObject({ code, status, ...members });
  });

  test('2,001 labels are one too many, 2,000 are not', async () => {
    const ask = (count: number) =>
      post(
        '/',
        JSON.stringify({ image: red.toString('base64'), labels: Array.from({ length: count }, (_, i) => `red ${i}`) }),
        {
          'content-type': 'application/json',
        },
      );
    expect((await ask(2001)).status).toBe(400);
    expect((await ask(2000)).status).toBe(200);
  });

  test('no picture, no picture at all, half a picture; and the next one is answered', async () => {
    expect(await (await post('/?labels=a', '')).json()).toMatchObject({ code: 'source-missing', status: 400 });
    expect(await (await post('/?labels=a', 'hello there')).json()).toMatchObject({
      code: 'not-a-picture',
      status: 415,
    });
    const half = await post('/?labels=a', red.subarray(0, red.length - 100));
    expect(await half.json()).toMatchObject({ code: 'picture-damaged', status: 422 });
    expect(await best(await post('/?labels=red,blue'))).toBe('red');
  });

  test.each([
    ['DELETE', '/', 'GET, HEAD, POST, PUT'],
    ['POST', '/labelsets', 'GET, HEAD'],
    ['POST', '/?do=model', 'GET, HEAD'],
  ])('%s %s is not possible', async (method, query, allow) => {
    const response = await fetch(`${fn.url}${query}`, { method });
    expect(response.status).toBe(405);
    expect(response.headers.get('allow')).toBe(allow);
  });
});

describe('beside the labels', () => {
  test('embeddings of a picture, of texts, of both; all of length 1', async () => {
    const { model, image, texts } = await json(await post('/embed?text=red&text=green'));
    expect(model).toBe('tiny-clip');
    for (const vector of [image, ...texts]) expect(Math.hypot(...vector)).toBeCloseTo(1, 5);
    const dot = (a: number[], b: number[]) => a.reduce((sum, value, i) => sum + value * b[i]!, 0);
    expect(dot(image, texts[0]!)).toBeGreaterThan(dot(image, texts[1]!));
    const words = await json(await fetch(`${fn.url}/?do=embed&text=${encodeURIComponent('red, green')}`));
    expect(words.texts).toHaveLength(1);
    expect(words).not.toHaveProperty('image');
    expect(await (await fetch(`${fn.url}/embed`)).json()).toMatchObject({ code: 'source-missing' });
  });

  test('the label sets and the model, by path and by query', async () => {
    const sets = await json(await fetch(`${fn.url}/labelsets`));
    expect(sets.default).toBe('cifar10');
    expect(sets.labelsets.map(({ name, count }) => [name, count])).toContainEqual(['imagenet1k', 1000]);
    const model = await (await fetch(`${fn.url}/?do=model`)).json();
    expect(model).toMatchObject({ id: 'tiny-clip', imageSize: 32, embedding: 5, minCosine: 0.5 });
    expect(JSON.stringify(model)).not.toContain('/tmp');
  });

  test('its description and its metrics', async () => {
    const { paths } = await json(await fetch(`${fn.url}/openapi.json`));
    expect(Object.keys(paths)).toEqual(['/', '/embed', '/rank', '/labelsets', '/model']);
    const names = paths['/']?.post.parameters.map(({ name }) => name);
    expect(names?.join()).toBe('do,labels,candidate_labels,labelset,prompt,top,minCosine,exif,matte');
    const metrics = await (await fetch(`${fn.url}/metrics`)).text();
    expect(metrics).toMatch(/^clip_label_cache_entries \d+$/m);
    expect(metrics).toMatch(/^clip_worker_deaths_total 0$/m);
  });
});

describe('several pictures at once', () => {
  const colour = (background: string) =>
    sharp({ create: { width: 40, height: 40, channels: 3, background } })
      .png()
      .toBuffer();
  async function formOf(parts: (Buffer | string)[], field = 'images') {
    const form = new FormData();
    for (const [i, part] of parts.entries())
      form.append(field, new Blob([typeof part === 'string' ? part : new Uint8Array(part)]), `${i}.png`);
    return form;
  }
  interface Batch {
    pictures: { labels?: { label: string }[]; image?: number[]; problem?: { code: string; status: number } }[];
  }

  test('are answered in order; a bad one fails alone, before or while it is decoded', async () => {
    const [green, blue] = await Promise.all([colour('#10ee10'), colour('#1010ee')]);
    const form = await formOf([red, 'a letter', green, red.subarray(0, red.length - 100), blue]);
    const response = await post('/?labels=red,green,blue&top=1', form);
    expect(response.status).toBe(200);
    const { pictures } = (await response.json()) as Batch;
    expect(pictures.map(({ labels, problem }) => labels?.[0]?.label ?? problem?.code)).toEqual([
      'red',
      'not-a-picture',
      'green',
      'picture-damaged',
      'blue',
    ]);
    expect(pictures[1]?.problem).toMatchObject({ status: 415, detail: expect.any(String) });
    expect(pictures[0]).toMatchObject({ unknown: false, timings: { infer: expect.any(Number) } });
  });

  test('are answered as a list even when there is one, where the field says so', async () => {
    const one = (await (await post('/?labels=red,blue', await formOf([red]))).json()) as Batch;
    expect(one.pictures).toHaveLength(1);
    const plain = await json(await post('/?labels=red,blue', await formOf([red], 'image')));
    expect(plain).not.toHaveProperty('pictures');
    const body = JSON.stringify({ images: [red.toString('base64')], labels: ['red', 'blue'] });
    expect(((await (await post('/', body)).json()) as Batch).pictures[0]?.labels?.[0]?.label).toBe('red');
  });

  test('are embedded, and shown as tables', async () => {
    const { pictures } = (await (await post('/embed', await formOf([red, 'x', red]))).json()) as Batch;
    expect(pictures.map(({ image, problem }) => image?.length ?? problem?.code)).toEqual([5, 'not-a-picture', 5]);
    const tables = await post('/?labels=red', await formOf([red, 'x']), { accept: 'text/plain' });
    expect(await tables.text()).toMatch(/^Picture 1\nred .*\n\nPicture 2\nThis is text/);
  });

  test('are ranked by their likeness to a text, bad ones last', async () => {
    const form = await formOf([await colour('#1010ee'), 'x', red, await colour('#ee6060')]);
    const response = await post('/rank?text=red', form);
    expect(response.status).toBe(200);
    const { pictures, ...rest } = (await response.json()) as {
      pictures: { index: number; score: number; cosine: number; problem?: { code: string } }[];
    };
    expect(rest).toMatchObject({ model: 'tiny-clip', text: 'red', timings: { text: expect.any(Number) } });
    expect(pictures.map(({ index }) => index)).toEqual([2, 3, 0, 1]);
    expect(pictures[3]).toEqual({ index: 1, problem: expect.objectContaining({ code: 'not-a-picture' }) });
    const good = pictures.slice(0, 3);
    expect(good.reduce((sum, { score }) => sum + score, 0)).toBeCloseTo(1, 5);
    expect(good[0]?.cosine).toBeGreaterThan(good[1]?.cosine ?? 1);
    expect(await (await post('/rank', await formOf([red]))).json()).toMatchObject({
      code: 'option-invalid',
      option: 'text',
    });
  });
});

test('a model file cut short is a 503 that names it; the process stays up and recovers', async () => {
  const folder = mkdtempSync(path.join(tmpdir(), 'clip-fn-'));
  cpSync(COLOUR_MODELS, folder, { recursive: true });
  const file = path.join(folder, 'tiny-clip', 'text.onnx');
  const whole = readFileSync(file);
  truncateSync(file, 100);
  const broken = await startFunction('clip-fn', { CLIP_MODELS: folder });
  try {
    const ask = () => fetch(`${broken.url}/?labels=red,blue`, { method: 'POST', body: new Uint8Array(red) });
    const response = await ask();
    expect(response.status).toBe(503);
    const problem = await response.json();
    expect(problem).toMatchObject({ code: 'model-missing', detail: expect.stringMatching(/text\.onnx.*"tiny-clip"/) });
    expect(JSON.stringify(problem)).not.toContain(folder);
    writeFileSync(file, whole);
    expect(await best(await ask())).toBe('red');
  } finally {
    expect(await broken.stop()).toBe(0);
    rmSync(folder, { recursive: true });
  }
});

test.each([
  [{ CLIP_LABELSET: 'pets' }, /no label set .*pets/],
  [{ CLIP_WORKERS: 'many' }, /CLIP_WORKERS is .*many.*; it must be a number from 1 to 64/],
])('the setting %j ends the process with a sentence and no stack', async (env, words) => {
  const ended = await startFunction('clip-fn', { CLIP_MODELS: COLOUR_MODELS, ...env }).catch((error) => error.message);
  expect(ended).toMatch(/It ended with 1\.\n.*could not start/);
  expect(ended).toMatch(words);
  expect(ended).not.toMatch(/^ +at |at file:/m);
});
