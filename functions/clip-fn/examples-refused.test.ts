import { expect, test } from 'vitest';
import { hugePng } from '../../test/pictures.ts';
import { base64, examples, examplesFixture, pictures } from './examples.testing.ts';

/* Examples that are refused, and what the problem says. */

const { form, json } = examplesFixture();

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
  ['a name too long', () => ({ examples: { ['x'.repeat(201)]: [[1]], b: [[1]] } }), 'option-invalid', /200 characters/],
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
  ['an address of nothing', () => ({ examples: two(['ftp://example.org/x.png']) }), 'option-invalid', /http or https/],
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
