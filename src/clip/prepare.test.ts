import { createHash } from 'node:crypto';
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import sharp from 'sharp';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { Classifier } from './classifier.ts';
import { loadLabelsets } from './labelsets.ts';
import { preparePresets } from './prepare.ts';

const workerUrl = new URL('../../dist/clip-fn/worker.js', import.meta.url);
let folder: string;
beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'prepare-'));
  cpSync(fileURLToPath(new URL('./fixtures/models', import.meta.url)), folder, { recursive: true });
  rmSync(file('presets'), { recursive: true, force: true });
});
afterEach(() => rmSync(folder, { recursive: true }));

const file = (name: string) => path.join(folder, 'tiny-clip', name);
const stored = () => readdirSync(file('presets')).sort();
const states = () => stored().map((name) => statSync(file(`presets/${name}`)).mtimeMs);
const change = (name: string, from: string, to: string) =>
  writeFileSync(file(name), readFileSync(file(name), 'utf8').replace(from, to));

test('every set that comes along is worked out once; the function then needs no text graph for it', async () => {
  expect(await preparePresets(folder)).toEqual([]);
  expect(stored()).toHaveLength(loadLabelsets().size);
  const before = states();
  expect(await preparePresets(folder)).toEqual([]);
  expect(states()).toEqual(before);

  const classifier = new Classifier({ defaultLabelset: 'imagenet1k', modelsFolder: folder, workerUrl, threads: 1 });
  const picture = await sharp({ create: { width: 40, height: 40, channels: 3, background: '#f01010' } })
    .png()
    .toBuffer();
  const { pictures } = await classifier.classify([picture], {});
  expect(pictures[0]).toMatchObject({ labels: expect.any(Array) });
  expect(classifier.stats().labels).toMatchObject({ hits: 0, misses: 0 });
  await classifier.close();
});

test('after another text graph all of them are made anew, and the old ones go', async () => {
  await preparePresets(folder);
  const before = stored();
  const text = readFileSync(file('text.onnx'));
  const other = Buffer.from(text);
  other.writeFloatLE(0.123, other.indexOf(Buffer.from(Float32Array.of(0.9, 0.1, 0.15).buffer)));
  writeFileSync(file('text.onnx'), other);
  const hash = (bytes: Buffer) => createHash('sha256').update(bytes).digest('hex');
  change('manifest.json', hash(text), hash(other));
  await preparePresets(folder);
  expect(stored()).toHaveLength(before.length);
  expect(stored().filter((name) => before.includes(name))).toEqual([]);
});

test('a model that is fetched is left for its first use', async () => {
  const download = { repository: 'someone/tiny', revision: 'a'.repeat(40) };
  change('manifest.json', '{', `{"download": ${JSON.stringify(download)},`);
  expect(await preparePresets(folder)).toEqual([]);
  expect(readdirSync(path.join(folder, 'tiny-clip'))).not.toContain('presets');
});

test('a model that is not right is told, and no reason to fail', async () => {
  truncateSync(file('text.onnx'), 100);
  expect(await preparePresets(folder)).toEqual([expect.stringMatching(/tiny-clip are left for later: .*text\.onnx/)]);
  expect(await preparePresets(path.join(folder, 'nowhere'))).toEqual([]);
});
