import { createHash } from 'node:crypto';
import { copyFileSync, cpSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import sharp from 'sharp';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { Problem } from '#contract/problems';
import { Classifier } from './classifier.ts';
import type { PictureEmbedding } from './contract.ts';
import { runner } from './inference.ts';
import { chooseModel, listModels, type Model } from './models.ts';
import { centreCrop } from './preprocess.ts';
import { dot } from './vectors.ts';

/* Pictures of several requests in one batch get the same answers as alone, with the same guarantees. */

const fixtures = fileURLToPath(new URL('./fixtures', import.meta.url));
const ours = fileURLToPath(new URL('../../models', import.meta.url));
const workerUrl = new URL('../../dist/clip-fn/worker.js', import.meta.url);
/** Tolerance for equal vectors in single precision. */
const EQUAL = 1 - 1e-6;

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'batching-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

/** tiny-clip, with one tower replaced if a graph is named, and with that tower's fields changed in its manifest. */
function build({
  half = 'image',
  graph,
  ...members
}: {
  half?: 'image' | 'text';
  graph?: string;
  together?: number;
} = {}): Model {
  const to = path.join(folder, 'tiny-clip');
  cpSync(path.join(fixtures, 'models/tiny-clip'), to, { recursive: true });
  const file = `${half}.onnx`;
  if (graph) copyFileSync(path.join(fixtures, 'company', graph), path.join(to, file));
  const manifest = JSON.parse(readFileSync(path.join(to, 'manifest.json'), 'utf8'));
  const bytes = readFileSync(path.join(to, file));
  const sha256 = createHash('sha256').update(bytes).digest('hex');
  manifest.files[file] = { bytes: bytes.length, sha256 };
  Object.assign(manifest[half], members);
  writeFileSync(path.join(to, 'manifest.json'), JSON.stringify(manifest));
  return chooseModel(folder);
}

describe('answers of one run are those of each picture alone', () => {
  /** Preprocessed pictures that differ: from dark to bright, with shapes. */
  function pixels(model: Model, count: number): Uint8Array[] {
    const { size } = model.manifest.image;
    return Array.from({ length: count }, (_, k) => {
      const data = new Uint8Array(size * size * 3);
      for (let i = 0; i < data.length; i += 1) {
        const [x, y] = [Math.floor(i / 3) % size, Math.floor(i / 3 / size)];
        const light = 20 + (230 * ((k * 5) % 8)) / 8;
        data[i] = (light * (1 + Math.sin(x / (2 + k) + (i % 3)) * Math.cos(y / (3 + (k % 3))))) / 2;
      }
      return centreCrop({ data, width: size, height: size, shape: { width: size, height: size } }, size);
    });
  }

  async function compared(model: Model, count = 8) {
    const run = runner(1);
    const all = pixels(model, count);
    const vectors = async (batch: Uint8Array[]) => {
      const settled = await run(
        model,
        batch.map((bytes) => ({ kind: 'pixels', bytes })),
      );
      return settled.map((one) => {
        if (one.status === 'rejected') throw one.reason;
        return one.value.data as Float32Array;
      });
    };
    const together = await vectors(all);
    const alone = (await Promise.all(all.map((one) => vectors([one])))).flat();
    const likest = Math.max(...alone.flatMap((a, i) => alone.slice(i + 1).map((b) => dot(a, b))));
    return { together, alone, likest, smallest: Math.min(...together.map((a, i) => dot(a, alone[i] as Float32Array))) };
  }

  test('of a real CLIP architecture, with batches of several sizes', async () => {
    const model = chooseModel(path.join(fixtures, 'parity'));
    for (const count of [8, 3]) {
      const { smallest, likest } = await compared(model, count);
      expect(smallest).toBeGreaterThan(EQUAL);
      expect(likest).toBeLessThan(EQUAL);
    }
  });

  const sharing = listModels(ours).flatMap(({ model }) => (model && model.manifest.image.together > 1 ? [model] : []));
  const there = sharing.filter(({ folder: at, manifest }) => existsSync(path.join(at, manifest.image.file)));
  test.each(there.map((model) => ({ id: model.manifest.id, model })))(
    'of $id, whose manifest says so',
    async ({ model }) => {
      expect((await compared(model)).smallest).toBeGreaterThan(EQUAL);
    },
  );

  test('but not of a graph that quantises dynamically, which runs picture by picture by default', async () => {
    const model = build({ graph: 'quantised.onnx' });
    expect(model.manifest.image.together).toBe(1);
    const { smallest } = await compared(model);
    expect(smallest).toBeLessThan(EQUAL);
    expect(smallest).toBeGreaterThan(0.99);
  });

  test('texts, too: a text tower that quantises gives a label the same embedding in any batch', async () => {
    const graph = 'quantised-text.onnx';
    const texts = ['red', 'green green green', 'the white photo of a cherry', 'a', 'purple berries'];
    const vectors = async (model: Model, batch: string[]) => {
      const [one] = await runner(1)(model, [{ kind: 'texts', texts: batch }]);
      if (one?.status !== 'fulfilled') throw one?.reason;
      return batch.map((_, i) => one.value.data.slice(i * 5, (i + 1) * 5) as Float32Array);
    };
    const model = build({ half: 'text', graph });
    const [first] = await vectors(model, texts);
    const [alone] = await vectors(model, ['red']);
    expect(first).toEqual(alone);
    const [inBatch] = await vectors(build({ half: 'text', graph, together: 8 }), texts);
    expect(dot(inBatch as Float32Array, alone as Float32Array)).toBeLessThan(EQUAL);
  });

  test('of a graph that fails in a batch, for each is run again alone', async () => {
    const { together, alone } = await compared(build({ graph: 'one-by-one.onnx' }));
    expect(together).toEqual(alone);
  });
});

describe('pictures of several requests', () => {
  /** A worker that waits for a signal before it runs anything, and reports the batch size in each answer. */
  const slow = (hasTwo: string, go: string) => `
    import { existsSync, writeFileSync } from 'node:fs';
    import { parentPort } from 'node:worker_threads';
    let lots = 0;
    parentPort.on('message', ({ id, jobs, close }) => {
      if (close) return parentPort.close();
      if (++lots === 2) writeFileSync(${JSON.stringify(hasTwo)}, '');
      const one = () => ({ result: { data: new Float32Array(5), timings: { infer: jobs.length } } });
      const answer = () => existsSync(${JSON.stringify(go)})
        ? parentPort.postMessage({ id, outcomes: jobs.map(one) })
        : setTimeout(answer, 5);
      answer();
    });
  `;
  const classifiers: Classifier[] = [];
  afterEach(() => Promise.all(classifiers.splice(0).map((classifier) => classifier.close())));
  function open(together?: number, url = workerUrl): Classifier {
    const settings = { modelsFolder: folder, workerUrl: url, threads: 1, defaultLabelset: 'cats-dogs' };
    const classifier = new Classifier({ ...settings, batchSize: together });
    classifiers.push(classifier);
    return classifier;
  }

  const colours = (count: number) =>
    Promise.all(
      Array.from({ length: count }, (_, i) =>
        sharp({
          create: { width: 40, height: 30, channels: 3, background: { r: i * 9, g: 255 - i * 12, b: (i * 77) % 256 } },
        })
          .png()
          .toBuffer(),
      ),
    );
  const see = (classifier: Classifier, bytes: Uint8Array, signal?: AbortSignal) =>
    classifier.embedPictures([bytes], {}, { signal }).then(({ pictures: [one] }) => one as PictureEmbedding | Problem);
  const fine = (one: PictureEmbedding | Problem) => {
    if (one instanceof Problem) throw one;
    return one;
  };

  test.each([
    ['one by one by default', undefined, undefined, 1],
    ['together where the manifest says so', 4, undefined, 4],
    ['together where the settings say so', undefined, 3, 3],
    ['one by one where the settings say so', 4, 1, 1],
  ])('are run %s', { timeout: 90_000 }, async (_, manifest, setting, most) => {
    build(manifest === undefined ? {} : { together: manifest });
    const script = path.join(folder, 'slow.mjs');
    const [hasTwo, go] = ['two', 'go'].map((name) => path.join(folder, name)) as [string, string];
    writeFileSync(script, slow(hasTwo, go));
    const classifier = open(setting, pathToFileURL(script));
    const asked = (await colours(10)).map((bytes) => see(classifier, bytes));
    // The worker has the first two, one after the other; the other eight are preprocessed and queued.
    await vi.waitUntil(() => existsSync(hasTwo) && classifier.stats().waiting === 8, { timeout: 60_000 });
    writeFileSync(go, '');
    const answers = await Promise.all(asked);
    expect(Math.max(...answers.map((one) => fine(one).timings.infer ?? 0))).toBe(most);
  });

  test('a bad one and a caller who leaves disturb nobody', async () => {
    build();
    const classifier = open(8);
    const good = await colours(12);
    const expected: PictureEmbedding[] = [];
    for (const bytes of good) expected.push(fine(await see(classifier, bytes)));
    const leaving = new AbortController();
    const bad = see(classifier, (good[5] as Buffer).subarray(0, 60));
    const left = see(classifier, good[3] as Buffer, leaving.signal);
    const asked = good.map((bytes) => see(classifier, bytes));
    leaving.abort(new Error('left'));
    await expect(left).rejects.toThrow('left');
    expect(await bad).toMatchObject({ code: 'picture-damaged' });
    const answers = await Promise.all(asked);
    for (const [i, one] of answers.entries())
      expect(dot(fine(one).vector, expected[i]?.vector ?? new Float32Array(5))).toBeGreaterThan(EQUAL);
    expect(classifier.stats()).toMatchObject({ inside: 0, waiting: 0, workerDeaths: 0 });
  });

  test('the stages of each are no more than it took altogether', async () => {
    build();
    const classifier = open(8);
    const asked = (await colours(16)).map(async (bytes) => {
      const began = performance.now();
      const { timings } = fine(await see(classifier, bytes));
      expect(Object.keys(timings)).toEqual(['queue', 'decode', 'preprocess', 'infer']);
      expect(Object.values(timings).reduce((sum, ms) => sum + ms, 0)).toBeLessThanOrEqual(performance.now() - began);
    });
    await Promise.all(asked);
  });
});
