import { createHash } from 'node:crypto';
import { cpSync, mkdtempSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import sharp from 'sharp';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { Problem } from '#contract/problems';
import { Classifier } from './classifier.ts';
import type { ClassifierSettings, ClassifyOptions, PictureLabels } from './contract.ts';
import { loadLabelsets } from './labelsets.ts';

/* The whole package, with real workers and the hand-made colour model (fixtures/make-tiny-clip.py). */

const fixtures = fileURLToPath(new URL('./fixtures/models', import.meta.url));
const workerUrl = new URL('../../dist/clip-fn/worker.js', import.meta.url);
const colours = ['red', 'green', 'blue', 'yellow', 'white'];

let folder: string;
let classifier: Classifier;
const open = (settings: Partial<ClassifierSettings> = {}) => {
  classifier = new Classifier({ defaultLabelset: 'cifar10', modelsFolder: folder, workerUrl, threads: 1, ...settings });
  return classifier;
};

beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'clip-'));
  cpSync(fixtures, folder, { recursive: true });
});
afterEach(async () => {
  await classifier?.close();
  rmSync(folder, { recursive: true });
});

const picture = (background: string, width = 60, height = 40) =>
  sharp({ create: { width, height, channels: 3, background } })
    .png()
    .toBuffer();

/** The result for one picture; its problem is thrown. */
async function see(
  classifier: Classifier,
  bytes: Buffer,
  options: ClassifyOptions,
  call: { signal?: AbortSignal } = {},
) {
  const { pictures, timings, ...answer } = await classifier.classify([bytes], options, call);
  const [one] = pictures;
  if (one instanceof Problem) throw one;
  return { ...answer, ...(one as PictureLabels), timings: { ...timings, ...one?.timings } };
}

describe('classify', () => {
  test('finds the colour of a picture, sorted, with shares that add up', async () => {
    const answer = await see(open(), await picture('#f02010'), { labels: colours, top: 5 });
    expect(answer.model).toBe('tiny-clip');
    expect(answer.labels[0]).toMatchObject({ label: 'red' });
    expect(answer.labels.reduce((sum, { score }) => sum + score, 0)).toBeCloseTo(1, 6);
    expect(answer.labels.map(({ cosine }) => cosine)).toEqual(
      answer.labels.map(({ cosine }) => cosine).sort((a, b) => b - a),
    );
    expect(answer.unknown).toBe(false);
    expect(Object.keys(answer.timings)).toEqual(['text', 'queue', 'decode', 'preprocess', 'infer', 'score']);
  });

  test('cosine and score are those of the formula', async () => {
    const { labels } = await see(open(), await picture('#ff0000'), { labels: ['red', 'green'], prompt: 'none' });
    // The picture is (1, 0, 0, 0.1, 0); "red" is (1, 0, 0, 0.11, 0) and "green" (0, 1, 0, 0.11, 0) with <start>.
    const unit = Math.hypot(1, 0.1) * Math.hypot(1, 0.11);
    const cosines = [1.011 / unit, 0.011 / unit];
    expect(labels[0]?.cosine).toBeCloseTo(cosines[0]!, 5);
    expect(labels[1]?.cosine).toBeCloseTo(cosines[1]!, 5);
    expect(labels[0]?.score).toBeCloseTo(1 / (1 + Math.exp(20 * (cosines[1]! - cosines[0]!))), 6);
  });

  test('says unknown below the bound, the model’s own or the caller’s', async () => {
    const dark = await picture('#000000');
    const classifier = open();
    expect((await see(classifier, dark, { labels: ['red', 'blue'] })).unknown).toBe(true);
    expect((await see(classifier, dark, { labels: ['red', 'blue'], minCosine: 0 })).unknown).toBe(false);
    const red = await picture('#ff0000');
    expect((await see(classifier, red, { labels: ['red', 'blue'] })).unknown).toBe(false);
    expect((await see(classifier, red, { labels: ['red', 'blue'], minCosine: 0.9999 })).unknown).toBe(true);
  });

  test('flags labels with words that the model never learned', async () => {
    const answer = await see(open(), await picture('#ff0000'), { labels: ['Red cherries', 'a red axolotl'] });
    expect(Object.fromEntries(answer.labels.map(({ label, unfamiliar }) => [label, unfamiliar]))).toEqual({
      'Red cherries': undefined,
      'a red axolotl': true,
    });
    expect(answer.unfamiliarWords).toEqual(['axolotl']);
  });

  test('a label given twice counts once', async () => {
    const { labels } = await see(open(), await picture('#ff0000'), { labels: ['red', 'blue', 'red'] });
    expect(labels.map(({ label }) => label)).toEqual(['red', 'blue']);
  });

  test('label sets by name; an unknown one names those there are', async () => {
    const classifier = open();
    const { labels } = await see(classifier, await picture('#ff0000'), { labels: { labelset: 'cats-dogs' } });
    expect(labels).toHaveLength(2);
    await expect(see(classifier, await picture('#ff0000'), { labels: { labelset: 'pets' } })).rejects.toMatchObject({
      code: 'option-invalid',
      members: { option: 'labelset', allowed: [...loadLabelsets().keys()] },
    });
  });

  test('without labels it is the default set', async () => {
    const { labels } = await see(open(), await picture('#ff0000'), { top: 100 });
    expect(labels).toHaveLength(10);
    expect(() => open({ defaultLabelset: 'pets' })).toThrow(/no label set "pets"/);
  });

  test('a damaged picture is a problem, and the next one is answered', async () => {
    const classifier = open();
    const whole = await sharp(await picture('#ff0000', 300, 300))
      .jpeg()
      .toBuffer();
    await expect(see(classifier, whole.subarray(0, whole.length / 2), { labels: colours })).rejects.toMatchObject({
      code: 'picture-damaged',
    });
    expect((await see(classifier, whole, { labels: colours })).labels[0]?.label).toBe('red');
  });
});

describe('labels cost once', () => {
  test('the second request finds all of them in the cache, and other prompts do not', async () => {
    const classifier = open();
    const red = await picture('#ff0000');
    const labels = Array.from({ length: 100 }, (_, i) => `red ${i}`);
    await see(classifier, red, { labels });
    expect(classifier.stats().labels).toMatchObject({ hits: 0, misses: 100, entries: 100 });
    await see(classifier, red, { labels });
    expect(classifier.stats().labels).toMatchObject({ hits: 100, misses: 100, entries: 100 });
    await see(classifier, red, { labels, prompt: 'the {}' });
    expect(classifier.stats().labels).toMatchObject({ entries: 200 });
  });

  test('embeddings are the same from cache, in any batch, and under an ensemble of length 1', async () => {
    const classifier = open();
    const texts = Array.from({ length: 40 }, (_, i) => colours.slice(0, (i % 5) + 1).join(' '));
    const first = await classifier.embedTexts(texts);
    const again = await classifier.embedTexts([...texts].reverse());
    expect([...again.vectors].reverse()).toEqual(first.vectors);
    const { vectors } = await classifier.embedTexts(['red', 'blue'], 'ensemble');
    for (const vector of vectors) expect(Math.hypot(...vector)).toBeCloseTo(1, 5);
  });
});

describe('a model that is not right', () => {
  const file = (name: string) => path.join(folder, 'tiny-clip', name);
  const change = (name: string, from: string, to: string) =>
    writeFileSync(file(name), readFileSync(file(name), 'utf8').replace(from, to));

  test.each(['image.onnx', 'text.onnx', 'tokenizer.json', 'words.txt'])('%s cut short, then mended', async (name) => {
    const whole = readFileSync(file(name));
    truncateSync(file(name), 40);
    const classifier = open();
    const red = await picture('#ff0000');
    const ask = () => see(classifier, red, { labels: colours });
    await expect(ask()).rejects.toMatchObject({
      code: 'model-missing',
      status: 503,
      message: expect.stringContaining(name),
    });
    writeFileSync(file(name), whole);
    expect((await ask()).labels[0]?.label).toBe('red');
  });

  test('a file of the right size with other bytes, then mended', async () => {
    const whole = readFileSync(file('image.onnx'));
    writeFileSync(file('image.onnx'), Buffer.from(whole).fill(7, 100, 120));
    const classifier = open();
    await expect(classifier.model()).rejects.toMatchObject({
      code: 'model-missing',
      message: expect.stringContaining('image.onnx'),
    });
    writeFileSync(file('image.onnx'), whole);
    expect(await classifier.model()).toMatchObject({ id: 'tiny-clip', imageSize: 32, embedding: 5 });
  });

  test('a replaced text tower is not used with an image tower opened before; the next request opens both', async () => {
    const classifier = open();
    const red = await picture('#ff0000');
    await classifier.embedPictures([red]);
    const text = readFileSync(file('text.onnx'));
    // Changes the vector of a word, as in another export with its own hash.
    const other = Buffer.from(text);
    other.writeFloatLE(0.123, other.indexOf(Buffer.from(Float32Array.of(0.9, 0.1, 0.15).buffer)));
    writeFileSync(file('text.onnx'), other);
    const hash = (bytes: Buffer) => createHash('sha256').update(bytes).digest('hex');
    change('manifest.json', hash(text), hash(other));
    await expect(see(classifier, red, { labels: colours })).rejects.toMatchObject({
      code: 'model-missing',
      message: expect.stringMatching(/replaced while it was in use/),
    });
    expect((await see(classifier, red, { labels: colours })).labels[0]?.label).toBe('red');
  });

  test('no models folder, an empty one, a model that is not there', async () => {
    await expect(open({ modelsFolder: path.join(folder, 'nowhere') }).model()).rejects.toMatchObject({
      message: expect.stringMatching(/No model is installed/),
    });
    await expect(open({ model: 'clip-huge' }).model()).rejects.toMatchObject({
      message: expect.stringMatching(/no model "clip-huge" \(there: tiny-clip\)/),
    });
  });

  test.each([
    ['"size": 32', '"size": 64', /image\.onnx.*\[any, 3, 64, 64\].*\[any, 3, 32, 32\]/],
    ['"contextLength": 12', '"contextLength": 77', /text\.onnx.*\[any, 77\].*\[any, 12\]/],
    ['"embedding": 5', '"embedding": 512', /\[any, 512\].*\[any, 5\]/],
    ['"input": "pixel_values"', '"input": "pixels"', /names "pixels", the graph has pixel_values/],
  ])('a manifest that lies: %s → %s', async (from, to, words) => {
    change('manifest.json', from, to);
    const red = await picture('#ff0000');
    const classifier = open();
    const lied = { code: 'model-missing', message: expect.stringMatching(words) };
    await expect(see(classifier, red, { labels: colours })).rejects.toMatchObject(lied);
    change('manifest.json', to, from);
    expect((await see(classifier, red, { labels: colours })).labels[0]?.label).toBe('red');
  });

  test('a misspelt member of the manifest', async () => {
    change('manifest.json', '"logitScale"', '"logit_scale"');
    await expect(open().model()).rejects.toMatchObject({ message: expect.stringMatching(/"tiny-clip".*logit/) });
  });
});

describe('too much at once', () => {
  test('requests beyond the bound are refused with when to come back', async () => {
    const classifier = open({ requests: 2 });
    const red = await picture('#ff0000');
    const answers = await Promise.allSettled(
      Array.from({ length: 4 }, () => see(classifier, red, { labels: colours })),
    );
    expect(answers.map(({ status }) => status)).toEqual(['fulfilled', 'fulfilled', 'rejected', 'rejected']);
    expect(answers[3]).toMatchObject({ reason: { code: 'busy', headers: { 'retry-after': '1' } } });
    expect(classifier.stats()).toMatchObject({ inside: 0, refused: 2 });
  });

  test('the deadline is kept, and labels worked out so far are not lost', async () => {
    const classifier = open({ deadline: 1 });
    const labels = Array.from({ length: 2000 }, (_, i) => `red ${i}`);
    await expect(see(classifier, await picture('#ff0000'), { labels })).rejects.toMatchObject({ code: 'timed-out' });
    expect(classifier.stats().inside).toBe(0);
  });

  test('a caller who leaves ends its work', async () => {
    const classifier = open();
    const leaving = new AbortController();
    const labels = Array.from({ length: 2000 }, (_, i) => `red ${i}`);
    const answer = see(classifier, await picture('#ff0000'), { labels }, { signal: leaving.signal });
    setTimeout(() => leaving.abort(new Error('left')), 5);
    await expect(answer).rejects.toThrow('left');
    await new Promise((resolve) => setTimeout(resolve, 100));
    expect(classifier.stats().labels.entries).toBeLessThan(2000);
    expect(classifier.stats()).toMatchObject({ inside: 0, waiting: 0 });
  });
});

test('a worker that dies at its first run is replaced and the request answered', async () => {
  const flag = path.join(folder, 'died');
  const script = path.join(folder, 'dying-worker.mjs');
  writeFileSync(
    script,
    `import { existsSync, writeFileSync } from 'node:fs';
     import { parentPort, workerData } from 'node:worker_threads';
     const first = !existsSync(${JSON.stringify(flag)});
     if (first) parentPort.on('message', () => { writeFileSync(${JSON.stringify(flag)}, ''); process.exit(9); });
     else await import(${JSON.stringify(workerUrl.href)});`,
  );
  const classifier = open({ workerUrl: pathToFileURL(script) });
  expect((await see(classifier, await picture('#0000ff'), { labels: colours })).labels[0]?.label).toBe('blue');
  expect(classifier.stats().workerDeaths).toBe(1);
});
