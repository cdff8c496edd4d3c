import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type RunningFunction, startFunction } from '../../test/function.ts';

/*
 * Classes by example on real photos, with the model of the repository: the page's own samples, and photos from outside.
 */

const models = fileURLToPath(new URL('../../models', import.meta.url));
const own = new URL('../frontend-fn/page/samples/', import.meta.url);
const samples = new URL('../../../shared/samples/', import.meta.url);

describe.skipIf(!existsSync(`${models}/clip-mini/manifest.json`))('clip-mini (skipped where it is absent)', () => {
  let fn: RunningFunction;
  beforeAll(async () => {
    fn = await startFunction('clip-fn', { CLIP_MODELS: models, CLIP_MODEL: 'clip-mini' });
  });
  afterAll(() => fn.stop());

  async function ask(image: Buffer, examples: Record<string, Buffer[]>, labels: string[] = []) {
    const body = new FormData();
    const add = (field: string, bytes: Buffer) => body.append(field, new Blob([new Uint8Array(bytes)]), 'photo.jpg');
    add('image', image);
    for (const [name, all] of Object.entries(examples)) for (const one of all) add(`examples[${name}]`, one);
    for (const label of labels) body.append('labels', label);
    const response = await fetch(fn.url, { method: 'POST', body });
    expect(response.status).toBe(200);
    const { labels: found, state } = (await response.json()) as { labels: { label: string }[]; state: string };
    return { best: found[0]?.label, state };
  }

  test('knows the photos of this repository by parts of them, mirrored and in gray', async () => {
    const names = ['cat', 'coffee', 'rocket'];
    const photos = names.map((name) => readFileSync(new URL(`${name}.jpg`, own)));
    const parts = async (photo: Buffer) => {
      const { width, height } = await sharp(photo).metadata();
      const [w, h] = [Math.round(width * 0.8), Math.round(height * 0.8)];
      const part = () => sharp(photo).extract({ left: 0, top: height - h, width: w, height: h });
      return Promise.all([part().flop().jpeg().toBuffer(), part().grayscale().jpeg().toBuffer()]);
    };
    const examples = Object.fromEntries(
      await Promise.all(photos.map(async (photo, i) => [`class ${i}`, await parts(photo)] as const)),
    );
    for (const [i, photo] of photos.entries()) {
      expect(await ask(photo, examples), names[i]).toEqual({ best: `class ${i}`, state: 'sure' });
    }
  });

  test('is never sure of a wrong answer for the photos of this repository, among the default labels', async () => {
    const right = { cat: ['cat'], coffee: ['cup of coffee', 'cup'], rocket: ['rocket'] };
    for (const [name, labels] of Object.entries(right)) {
      const { best, state } = await ask(readFileSync(new URL(`${name}.jpg`, own)), {});
      if (!labels.includes(best ?? '')) expect(state, `${name} is taken for ${best}`).not.toBe('sure');
    }
  });

  test.skipIf(!existsSync(samples))(
    'knows a thing by one photo of another such thing (skipped where ../shared/samples is absent)',
    async () => {
      const read = (name: string) => readFileSync(new URL(`${name}.jpg`, samples));
      const examples = { shoe: [read('running-shoe')], teapot: [read('teapot')], cat: [read('tabby')] };
      const questions = {
        'large-colorful-sneaker': 'shoe',
        'large-shiny-sneaker': 'shoe',
        'large-teapot': 'teapot',
        'large-cat': 'cat',
      };
      // Of four, one may be taken for another thing: small models are.
      for (const labels of [[], ['shoe', 'teapot', 'cat']]) {
        const said = Object.entries(questions).map(async ([name, truth]) => ({
          name,
          truth,
          best: (await ask(read(name), examples, labels)).best,
        }));
        const right = (await Promise.all(said)).filter(({ truth, best }) => best === truth);
        expect(right.length, JSON.stringify(right)).toBeGreaterThanOrEqual(3);
      }
      // Photos of something else: of five, no more than two may be taken for sure.
      const strange = ['volcano', 'pizza', 'grand-piano', 'school-bus', 'zebra'];
      const states = await Promise.all(strange.map(async (name) => (await ask(read(name), examples)).state));
      expect(states.filter((state) => state === 'sure').length, states.join()).toBeLessThanOrEqual(2);
    },
  );
});
