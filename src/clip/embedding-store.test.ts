import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { EmbeddingStore } from './embedding-store.ts';
import { chooseModel } from './models.ts';
import { readPrompt } from './prompts.ts';

let folder: string;
let worked: number;
beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'presets-'));
  cpSync(fileURLToPath(new URL('./fixtures/models', import.meta.url)), folder, { recursive: true });
  rmSync(kept(), { recursive: true, force: true });
  worked = 0;
});
afterEach(() => rmSync(folder, { recursive: true }));

const kept = (file = '') => path.join(folder, 'tiny-clip', 'presets', file);
const work = async () => {
  worked += 1;
  return [
    { vector: Float32Array.of(1, 0, 0, 0, 0), tokens: 3 },
    { vector: Float32Array.of(0, 1, 0, 0, 0.5), tokens: 31 },
  ];
};
/** A new store each time, as in a new process. */
const remember = (labels = ['red', 'green'], prompt = 'photo') =>
  new EmbeddingStore().remember(chooseModel(folder), readPrompt(prompt), labels, work);

test('embeddings are worked out once and found again, bit for bit', async () => {
  const first = await remember();
  expect(first.map(({ tokens }) => tokens)).toEqual([3, 31]);
  expect(await remember()).toEqual(first);
  expect(worked).toBe(1);
  expect(readdirSync(kept())).toHaveLength(1);
});

test('other labels, another order, another prompt are other embeddings', async () => {
  await remember();
  await remember(['green', 'red']);
  await remember(['red', 'green'], 'none');
  expect(worked).toBe(3);
});

test.each([
  ['cut short', (bytes: Buffer) => bytes.subarray(0, 40)],
  ['changed', (bytes: Buffer) => Buffer.from(bytes).fill(7, 4, 8)],
  ['empty', () => Buffer.alloc(0)],
])('a file %s is worked out again and mended', async (_, damage) => {
  const first = await remember();
  const file = kept(readdirSync(kept())[0]);
  writeFileSync(file, damage(readFileSync(file)));
  expect(await remember()).toEqual(first);
  expect(await remember()).toEqual(first);
  expect(worked).toBe(2);
});

test('another text graph makes them void, and their file goes', async () => {
  await remember();
  const [old] = readdirSync(kept());
  const manifest = path.join(folder, 'tiny-clip', 'manifest.json');
  const text = readFileSync(manifest, 'utf8');
  const { files } = JSON.parse(text);
  writeFileSync(manifest, text.replace(files['text.onnx'].sha256, 'a'.repeat(64)));
  await remember();
  expect(worked).toBe(2);
  expect(readdirSync(kept())).not.toContain(old);
});

test('a folder that cannot be written to answers all the same', async () => {
  writeFileSync(path.join(folder, 'tiny-clip', 'presets'), 'a file where the folder should be');
  expect(await remember()).toHaveLength(2);
});
