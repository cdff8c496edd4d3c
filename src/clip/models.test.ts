import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, unlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { parseManifest } from './manifest.ts';
import { chooseModel, largerThan, listModels, verifyModel } from './models.ts';

const tiny = fileURLToPath(new URL('./fixtures/models/tiny-clip', import.meta.url));
const manifest = () => JSON.parse(readFileSync(path.join(tiny, 'manifest.json'), 'utf8'));
let folder: string;
beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'models-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

/** Copies the tiny model under another id, with a changed manifest. */
function put(id: string, change: (value: ReturnType<typeof manifest>) => void = () => {}) {
  const value = manifest();
  value.id = id;
  change(value);
  cpSync(tiny, path.join(folder, id), { recursive: true });
  writeFileSync(path.join(folder, id, 'manifest.json'), JSON.stringify(value));
}
const larger = (size: number) => (value: { image: { size: number } }) => {
  value.image.size = size;
};
const drop = (id: string, ...names: string[]) => {
  for (const name of names) unlinkSync(path.join(folder, id, name));
};
const files = ['image.onnx', 'text.onnx', 'tokenizer.json', 'words.txt'];

test('the best model is the one with the largest input, then the widest embedding', () => {
  put('small');
  put('large', larger(224));
  put('wide', (value) => {
    value.image.size = 224;
    value.embedding = 768;
  });
  expect(listModels(folder).map(({ id }) => id)).toEqual(['wide', 'large', 'small']);
  expect(chooseModel(folder).manifest.id).toBe('wide');
  expect(chooseModel(folder, 'small').manifest.id).toBe('small');
});

test('a model of which only the manifest is there is not installed', () => {
  put('small');
  put('large', larger(224));
  drop('large', ...files);
  expect(chooseModel(folder).manifest.id).toBe('small');
  expect(() => chooseModel(path.join(folder, 'large'))).toThrow(/No model is installed/);
});

test('when no model is whole, what is missing of the best one is said', async () => {
  put('small');
  drop('small', 'text.onnx');
  await expect(verifyModel(chooseModel(folder), new Map())).rejects.toMatchObject({
    code: 'model-missing',
    message: expect.stringMatching(/text\.onnx.*"small" is not there/),
  });
});

test('other kinds of model are passed over, broken manifests are told', () => {
  put('cutout-mini', (value) => {
    value.kind = 'cutout';
  });
  mkdirSync(path.join(folder, 'empty'));
  expect(listModels(folder)).toEqual([]);
  put('broken', (value) => {
    delete value.logitScale;
  });
  expect(() => chooseModel(folder)).toThrow(/"broken".*logitScale/);
  put('renamed', (value) => {
    value.id = 'another';
  });
  expect(() => chooseModel(folder, 'renamed')).toThrow(/"another" stands in the folder "renamed"/);
});

test('every state of a file is hashed once', async () => {
  put('small');
  const hashes = new Map();
  await verifyModel(chooseModel(folder), hashes);
  expect([...hashes.keys()].map((file) => path.basename(file)).sort()).toEqual(files);
  for (const entry of hashes.values()) entry.sha256 = 'remembered';
  await expect(verifyModel(chooseModel(folder), hashes)).rejects.toMatchObject({
    message: expect.stringMatching(/is not the one/),
  });
});

test.each([
  ['a path for a file', (value: ReturnType<typeof manifest>) => (value.image.file = '../image.onnx'), /image\.file/],
  ['an unknown member', (value: ReturnType<typeof manifest>) => (value.image.sizes = 3), /image/],
  [
    'another interpolation',
    (value: ReturnType<typeof manifest>) => (value.image.interpolation = 'bilinear'),
    /interpolation/,
  ],
  ['a standard deviation of 0', (value: ReturnType<typeof manifest>) => (value.image.std[1] = 0), /image\.std\.1/],
  ['a file without a hash', (value: ReturnType<typeof manifest>) => delete value.files['text.onnx'], /text\.onnx/],
  ['a hash that is none', (value: ReturnType<typeof manifest>) => (value.files['text.onnx'].sha256 = 'abc'), /sha256/],
])('the manifest refuses %s', (_, change, words) => {
  const value = manifest();
  change(value);
  expect(parseManifest(JSON.stringify(value))).toMatch(words);
});

test('the manifest refuses what is no JSON', () => {
  expect(parseManifest('{')).toMatch(/JSON/);
});

test('of two better models that could be fetched, the smaller download is offered', () => {
  put('own');
  const fetched = (bytes: number) => (value: ReturnType<typeof manifest>) => {
    value.download = { repository: 'someone/model', revision: 'a'.repeat(40) };
    value.files['image.onnx'].bytes = bytes;
  };
  put('a-precise', fetched(2_000_000));
  put('b-small', fetched(1_000_000));
  put('c-precise', fetched(3_000_000));
  expect(largerThan(folder, chooseModel(folder, 'own'))).toBe('b-small');
});
