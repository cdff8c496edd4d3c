import { fileURLToPath } from 'node:url';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type RunningFunction, startFunction } from '../../test/function.ts';
import { hugePng } from '../../test/pictures.ts';

/*
 * Classes by example, asked of the bundle over HTTP, with the hand-made colour model, which tells
 * red, green and blue apart.
 */

const fixtureModels = fileURLToPath(new URL('../../src/clip/fixtures/models', import.meta.url));

let fn: RunningFunction;
let pictures: Record<'red' | 'pink' | 'brick' | 'green' | 'lime' | 'blue', Buffer>;
beforeAll(async () => {
  const env = { CLIP_MODELS: fixtureModels, CLIP_LABELSET: 'cifar10', INTAKE_MAX_BYTES: '60000' };
  fn = await startFunction('clip-fn', env);
  const colours = {
    red: '#ee1111',
    pink: '#ee4444',
    brick: '#cc2222',
    green: '#11ee11',
    lime: '#44ee44',
    blue: '#1111ee',
  };
  const all = Object.entries(colours).map(async ([name, background]) => [
    name,
    await sharp({ create: { width: 50, height: 40, channels: 3, background } })
      .png()
      .toBuffer(),
  ]);
  pictures = Object.fromEntries(await Promise.all(all));
});
afterAll(() => fn.stop());

interface Answer {
  labels: { label: string; score: number; cosine: number; unfamiliar?: boolean }[];
  state: string;
  pictures: Answer[];
  timings: Record<string, number>;
  code: string;
  status: number;
  detail: string;
}

const base64 = (bytes: Buffer) => bytes.toString('base64');
const json = async (body: object, query = '') => {
  const headers = { 'content-type': 'application/json' };
  const response = await fetch(`${fn.url}/${query}`, { method: 'POST', body: JSON.stringify(body), headers });
  return (await response.json()) as Answer;
};
const form = async (parts: [string, Buffer | string][], query = '') => {
  const body = new FormData();
  for (const [field, part] of parts) {
    if (typeof part === 'string') body.append(field, part);
    else body.append(field, new Blob([new Uint8Array(part)]), 'x.png');
  }
  return (await (await fetch(`${fn.url}/${query}`, { method: 'POST', body })).json()) as Answer;
};
const embed = async (bytes: Buffer) =>
  (
    (await (await fetch(`${fn.url}/embed`, { method: 'POST', body: new Uint8Array(bytes) })).json()) as {
      image: number[];
    }
  ).image;
const floats = (numbers: number[]) => base64(Buffer.from(Float32Array.from(numbers).buffer));
const examples = () => ({
  warm: [pictures.pink, pictures.brick].map(base64),
  cold: [pictures.green, pictures.lime].map(base64),
});

describe('a picture is told by pictures', () => {
  test('of a form, of JSON, and by their embeddings: the same answer each time', async () => {
    const { timings, ...byJson } = await json({ image: base64(pictures.red), examples: examples() });
    expect(byJson).toEqual({
      model: 'tiny-clip',
      labels: [
        { label: 'warm', score: expect.any(Number), cosine: expect.any(Number) },
        { label: 'cold', score: expect.any(Number), cosine: expect.any(Number) },
      ],
      state: 'sure',
      unknown: false,
    });
    expect(timings).toMatchObject({ examples: expect.any(Number) });
    expect(timings).not.toHaveProperty('text');
    const fields: [string, Buffer][] = [
      ['examples[warm]', pictures.pink],
      ['examples[cold][]', pictures.green],
      ['image', pictures.red],
      ['examples[warm]', pictures.brick],
      ['examples[cold][1]', pictures.lime],
    ];
    expect((await form(fields)).labels).toEqual(byJson.labels);
    const vectors = {
      warm: [await embed(pictures.pink), { embedding: await embed(pictures.brick) }],
      cold: [{ embedding: floats(await embed(pictures.green)) }, base64(pictures.lime)],
    };
    const byVectors = await json({ image: base64(pictures.red), examples: vectors });
    for (const [i, { label, score }] of byVectors.labels.entries()) {
      expect(label).toBe(byJson.labels[i]?.label);
      expect(score).toBeCloseTo(byJson.labels[i]!.score, 4);
    }
  });

  test('many pictures are held against the same examples, a bad one fails alone', async () => {
    const images = [base64(pictures.red), base64(Buffer.from('no picture at all')), base64(pictures.green)];
    const { pictures: each } = await json({ images, examples: examples(), top: 1 });
    expect(each.map((one) => one.labels?.[0]?.label)).toEqual(['warm', undefined, 'cold']);
  });

  test('a picture of none of the classes is called so', async () => {
    expect(await json({ image: base64(pictures.blue), examples: examples() })).toMatchObject({ state: 'none' });
    expect(await json({ image: base64(pictures.blue), examples: examples(), minCosine: 0 })).not.toMatchObject({
      state: 'none',
    });
  });

  test('labels beside examples count as words for the classes', async () => {
    // By its pictures alone the class "green" is red; half of it is the word.
    const wrong = { green: [base64(pictures.pink)], blue: [base64(pictures.brick)] };
    const image = base64(pictures.lime);
    const [alone, both] = [
      await json({ image, examples: wrong }),
      await json({ image, examples: wrong, labels: ['blue', 'green'] }),
    ];
    expect(both.labels[0]).toMatchObject({ label: 'green' });
    expect(both.labels[0]!.cosine).toBeGreaterThan(alone.labels[0]!.cosine + 0.3);
    expect(both.timings).toMatchObject({ text: expect.any(Number), examples: expect.any(Number) });
    const odd = { axolotl: [base64(pictures.pink)], red: [base64(pictures.brick)] };
    const named = await json({ image, examples: odd, labels: ['axolotl', 'red'] });
    expect(named.labels.find(({ label }) => label === 'axolotl')).toMatchObject({ unfamiliar: true });
    const unnamed = await json({ image, examples: odd });
    expect(unnamed.labels.some(({ unfamiliar }) => unfamiliar)).toBe(false);
  });

  test('names that look the same are one class; digits are names, too', async () => {
    const twice = {
      'a  b': [base64(pictures.pink)],
      'a\u200b b': [base64(pictures.brick)],
      c: [base64(pictures.green)],
    };
    expect((await json({ image: base64(pictures.red), examples: twice })).labels.map(({ label }) => label)).toEqual([
      'a b',
      'c',
    ]);
    const digits = await form([
      ['image', pictures.red],
      ['examples[7]', pictures.pink],
      ['examples[8]', pictures.green],
    ]);
    expect(digits.labels.map(({ label }) => label)).toEqual(['7', '8']);
  });

  test('a table for a terminal', async () => {
    const headers = { 'content-type': 'application/json', accept: 'text/plain' };
    const body = JSON.stringify({ image: base64(pictures.red), examples: examples() });
    const table = await (await fetch(fn.url, { method: 'POST', body, headers })).text();
    expect(table).toMatch(/^warm +\d+\.\d %/);
  });
});

describe('what is wrong is said', () => {
  const good = (more: object) => ({ image: base64(pictures.red), ...more });
  const two = (one: unknown) => ({ a: one, b: [base64(pictures.green)] });

  test.each<[string, () => object, string, RegExp]>([
    ['no class', () => ({ examples: {} }), 'option-invalid', /must be an object/],
    ['a list', () => ({ examples: [base64(pictures.red)] }), 'option-invalid', /must be an object/],
    ['one class', () => ({ examples: { a: [base64(pictures.red)] } }), 'option-invalid', /two or more/],
    ['a class without a picture', () => ({ examples: two([]) }), 'option-invalid', /"a" has no picture/],
    [
      'a name that cannot be seen',
      () => ({ examples: { ...two([[1, 0, 0, 0, 0]]), '\u200b': [[1, 0, 0, 0, 0]] } }),
      'option-invalid',
      /nothing that can be seen/,
    ],
    [
      'a name too long',
      () => ({ examples: { ['x'.repeat(201)]: [[1]], b: [[1]] } }),
      'option-invalid',
      /200 characters/,
    ],
    [
      'neither picture nor embedding',
      () => ({ examples: two([7]) }),
      'option-invalid',
      /Picture 1 of the class "a": this is neither/,
    ],
    [
      'what is no base64',
      () => ({ examples: two([base64(pictures.red), '§']) }),
      'option-invalid',
      /Picture 2 of the class "a": .*base64/,
    ],
    [
      'what is no picture',
      () => ({ examples: two([base64(Buffer.from('a letter, no picture'))]) }),
      'not-a-picture',
      /Picture 1 of the class "a"/,
    ],
    [
      'a picture cut short',
      () => ({ examples: two([base64(pictures.red.subarray(0, pictures.red.length - 30))]) }),
      'picture-damaged',
      /xample 1 of the class "a"/,
    ],
    [
      'too many pixels',
      () => ({ examples: two([base64(hugePng(20_000, 20_000))]) }),
      'too-many-pixels',
      /Picture 1 of the class "a"/,
    ],
    [
      'an embedding of another model',
      () => ({ examples: two([[1, 2, 3]]) }),
      'option-invalid',
      /has 3 numbers; embeddings of this model have 5/,
    ],
    ['an embedding of nothing', () => ({ examples: two([[0, 0, 0, 0, 0]]) }), 'option-invalid', /no direction/],
    [
      'examples that cancel out',
      () => ({
        examples: two([
          [1, 0, 0, 0, 0],
          [-1, 0, 0, 0, 0],
        ]),
      }),
      'option-invalid',
      /cancel each other out/,
    ],
    [
      'a label without example',
      () => ({ examples: examples(), labels: ['warm', 'cold', 'dog'] }),
      'option-invalid',
      /the label "dog" has no example/,
    ],
    [
      'a class without label',
      () => ({ examples: examples(), labels: ['warm'] }),
      'option-invalid',
      /the class "cold" is not among the labels/,
    ],
    [
      '33 classes',
      () => ({ examples: Object.fromEntries(Array.from({ length: 33 }, (_, i) => [`c${i}`, [[1]]])) }),
      'option-invalid',
      /at most 32 names and 128 pictures/,
    ],
    [
      '129 examples',
      () => ({ examples: two(Array.from({ length: 128 }, () => [1, 0, 0, 0, 0])) }),
      'option-invalid',
      /at most 32 names and 128 pictures/,
    ],
    [
      'an address inside this machine',
      () => ({ examples: two(['http://127.0.0.1:1/x.png']) }),
      'address-refused',
      /Picture 1 of the class "a"/,
    ],
    [
      'an address of nothing',
      () => ({ examples: two(['ftp://example.org/x.png']) }),
      'option-invalid',
      /http or https/,
    ],
  ])('%s', async (_, more, code, detail) => {
    const problem = await json(good(more()));
    expect(problem).toMatchObject({ code, detail: expect.stringMatching(detail) });
    expect(problem.status).toBeGreaterThanOrEqual(400);
  });

  test('a field without a name; more bytes in all than one picture may have; examples where none are', async () => {
    expect(
      await form([
        ['image', pictures.red],
        ['examples', pictures.green],
      ]),
    ).toMatchObject({
      code: 'option-invalid',
      detail: expect.stringContaining('examples[NAME]'),
    });
    const noise = Buffer.concat([pictures.green, Buffer.alloc(25_000)]);
    const parts: [string, Buffer][] = [
      ['image', noise],
      ['examples[a]', noise],
      ['examples[b]', noise],
    ];
    expect(await form(parts)).toMatchObject({ code: 'body-too-large', status: 413 });
    expect(await json(good({ examples: { a: [base64(noise), base64(noise)], b: [base64(noise)] } }))).toMatchObject({
      status: 413,
    });
    expect(await json({ image: base64(pictures.red), text: 'red', examples: examples() }, 'rank')).toMatchObject({
      code: 'option-unknown',
    });
  });

  test('a request without a picture of its own', async () => {
    expect(await json({ examples: examples() })).toMatchObject({ code: 'source-missing' });
  });
});

test('the description names examples in both kinds of body', async () => {
  const { paths } = (await (await fetch(`${fn.url}/openapi.json`)).json()) as {
    paths: Record<string, { post: { requestBody: { content: Record<string, { schema: Record<string, object> }> } } }>;
  };
  const { content } = paths['/']!.post.requestBody;
  expect(Object.keys(content['multipart/form-data']?.schema.patternProperties ?? {})).toEqual(['^examples\\[.+\\]$']);
  expect(content['application/json']?.schema.properties).toHaveProperty('examples.additionalProperties');
  expect(JSON.stringify(paths['/embed'])).not.toContain('examples');
});
