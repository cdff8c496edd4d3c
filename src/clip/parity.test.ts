import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { compareWithReference } from './parity.testing.ts';

const models = fileURLToPath(new URL('./fixtures/parity', import.meta.url));
const worker = new URL('../../dist/clip-fn/worker.js', import.meta.url);

/* A real CLIP architecture with random weights, and what `transformers` answers (training/parity/tiny.py). */
test('embeddings and scores are those of the reference implementation', async () => {
  const { image, text, score, compared } = await compareWithReference(models, 'random-clip', worker);
  expect(compared).toEqual({ pictures: 6, texts: 7 });
  expect(image).toBeGreaterThan(0.99999);
  expect(text).toBeGreaterThan(0.99999);
  expect(score).toBeLessThan(1e-4);
});

test('the reference tells pictures and texts apart, so that agreeing with it means something', () => {
  const reference = JSON.parse(readFileSync(`${models}/random-clip/reference.json`, 'utf8'));
  for (const rows of [reference.image, reference.text] as number[][][]) {
    const cosines = rows.flatMap((a, i) => rows.slice(i + 1).map((b) => a.reduce((sum, x, k) => sum + x * b[k]!, 0)));
    expect(Math.max(...cosines)).toBeLessThan(0.999);
  }
  expect(new Set(reference.scores.map((row: number[]) => row.indexOf(Math.max(...row)))).size).toBeGreaterThan(1);
});
