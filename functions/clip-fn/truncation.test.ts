import { expect, test } from 'vitest';
import { clipFixture, red } from './testing.ts';

/* Texts longer than the model reads, asked of the bundle over HTTP. */

const fn = clipFixture();

/** Whatever of it an answer has. */
interface Answer {
  labels: { label: string; truncated?: boolean }[];
  texts: number[][];
  hint?: string;
}

const post = (query: string, headers: Record<string, string> = {}) =>
  fetch(`${fn.url}${query}`, { method: 'POST', body: new Uint8Array(red), headers });
const ask = async (query: string) => (await (await post(query)).json()) as Answer;

// With the two special tokens that begin and end it, the model reads twelve.
const ten = 'red '.repeat(10).trim();
const long = `${ten} blue`;

test('a label that is too long is flagged, with its length and the limit in a hint; one that fits is not', async () => {
  const answer = await ask(`/?prompt=none&labels=${ten},${long},green`);
  expect(Object.fromEntries(answer.labels.map(({ label, truncated }) => [label, truncated]))).toEqual({
    [ten]: undefined,
    [long]: true,
    green: undefined,
  });
  expect(answer.hint).toBe(
    `tiny-clip reads 12 tokens of a text, its prompt included: "${long.slice(0, 39)}…" has 13; the rest is ignored.`,
  );
  // What is kept from the first time knows it, too.
  const again = await ask(`/?prompt=none&labels=${long}`);
  expect(again).toMatchObject({ labels: [{ truncated: true }], hint: expect.stringContaining('has 13') });
});

test('a label counts in its longest sentence: what the prompt adds takes room', async () => {
  const query = new URLSearchParams([
    ['labels', ten],
    ['prompt', '{}'],
    ['prompt', 'a photo of a {}'],
  ]);
  const answer = await ask(`/?${query}`);
  expect(answer).toMatchObject({ labels: [{ truncated: true }], hint: expect.stringContaining('has 16') });
  const table = await (await post(`/?${query}`, { accept: 'text/plain' })).text();
  expect(table).toMatch(/\(too long\)/);
  expect(table).toMatch(/reads 12 tokens/);
});

test('the hint tells of texts to embed and to rank by', async () => {
  const { texts, hint } = await ask(`/embed?text=${long}&text=red`);
  expect(texts).toHaveLength(2);
  expect(hint).toContain('reads 12 tokens');
  expect((await ask(`/rank?text=${long}`)).hint).toContain('reads 12 tokens');
  expect(await ask(`/rank?text=${ten}`)).not.toHaveProperty('hint');
});
