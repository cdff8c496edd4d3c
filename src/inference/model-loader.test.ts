import { createHash } from 'node:crypto';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { ModelLoader } from './model-loader.ts';
import { type CommonManifest, commonManifest, type ModelKind } from './models.ts';

const KIND: ModelKind<CommonManifest> = {
  kind: 'toy',
  schema: commonManifest,
  requiredFiles: ({ files }) => Object.keys(files),
  rank: ({ version }) => Number(version),
};

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'loader-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

/** Writes a model that consists of one file. */
function put(id: string, content: string, version = '1'): void {
  const sha256 = createHash('sha256').update(content).digest('hex');
  const files = { 'graph.onnx': { bytes: content.length, sha256 } };
  const manifest = { id, title: id, kind: 'toy', version, source: 'here', licence: 'MIT', files };
  mkdirSync(path.join(folder, id), { recursive: true });
  writeFileSync(path.join(folder, id, 'manifest.json'), JSON.stringify(manifest));
  writeFileSync(path.join(folder, id, 'graph.onnx'), content);
}

/** A loader that counts how often it opens a model. */
function countingLoader(id?: string) {
  const opened: string[] = [];
  const loader = new ModelLoader({ folder, id }, KIND, async ({ manifest }) => opened.push(manifest.id));
  return { opened, loader };
}

test('opens the best model, or the one that is named, once', async () => {
  put('small', 'a');
  put('large', 'b', '2');
  const { opened, loader } = countingLoader();
  await Promise.all([loader.load(), loader.load()]);
  await loader.load();
  expect(opened).toEqual(['large']);
  expect(loader.choose().manifest.id).toBe('large');
  const named = countingLoader('small');
  await named.loader.load();
  expect(named.opened).toEqual(['small']);
});

test('a failure is not kept: once the file is mended, the model opens', async () => {
  put('toy', 'whole');
  writeFileSync(path.join(folder, 'toy', 'graph.onnx'), 'cut');
  const { opened, loader } = countingLoader();
  await expect(loader.load()).rejects.toMatchObject({
    code: 'model-missing',
    message: expect.stringContaining('graph.onnx'),
  });
  rmSync(path.join(folder, 'toy', 'graph.onnx'));
  await expect(loader.load()).rejects.toThrow(/No model is installed/);
  put('toy', 'whole');
  await loader.load();
  expect(opened).toEqual(['toy']);
});

test('a failure to open is not kept either', async () => {
  put('toy', 'whole');
  let fails = true;
  const loader = new ModelLoader({ folder }, KIND, async (model) => {
    if (fails) throw new Error('no engine');
    return model;
  });
  await expect(loader.load()).rejects.toThrow('no engine');
  fails = false;
  expect((await loader.load()).manifest.id).toBe('toy');
});

test('forget verifies the files again', async () => {
  put('toy', 'whole');
  const { loader } = countingLoader();
  await loader.load();
  rmSync(path.join(folder, 'toy', 'graph.onnx'));
  await loader.load();
  loader.forget();
  await expect(loader.load()).rejects.toMatchObject({ code: 'model-missing' });
});

test('a folder without models is a problem of the first load, not of the start', async () => {
  const { loader } = countingLoader();
  await expect(loader.load()).rejects.toThrow(/No model is installed/);
});
