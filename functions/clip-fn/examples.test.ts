import { describe, expect, test } from 'vitest';
import { base64, examples, examplesFixture, pictures } from './examples.testing.ts';

/* Classes by example, asked of the bundle over HTTP. */

const { fn, form, json } = examplesFixture();
const embed = async (bytes: Buffer) =>
  (
    (await (await fetch(`${fn.url}/embed`, { method: 'POST', body: new Uint8Array(bytes) })).json()) as {
      image: number[];
    }
  ).image;
const floats = (numbers: number[]) => base64(Buffer.from(Float32Array.from(numbers).buffer));

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

test('the description names examples in both kinds of body', async () => {
  const { paths } = (await (await fetch(`${fn.url}/openapi.json`)).json()) as {
    paths: Record<string, { post: { requestBody: { content: Record<string, { schema: Record<string, object> }> } } }>;
  };
  const { content } = paths['/']!.post.requestBody;
  expect(Object.keys(content['multipart/form-data']?.schema.patternProperties ?? {})).toEqual(['^examples\\[.+\\]$']);
  expect(content['application/json']?.schema.properties).toHaveProperty('examples.additionalProperties');
  expect(JSON.stringify(paths['/embed'])).not.toContain('examples');
});
