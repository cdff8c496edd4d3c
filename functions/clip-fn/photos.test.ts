import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type RunningFunction, startFunction } from '../../test/function.ts';

/*
 * The product as it is shipped: the bundle and models/clip-mini on photos of everyday things whose file names say what
 * they show. The photos stay outside of the project; without them this is skipped.
 */

const samples = new URL('../../../shared/samples/', import.meta.url);
const models = fileURLToPath(new URL('../../models', import.meta.url));
const there = existsSync(samples) && existsSync(`${models}/clip-mini/manifest.json`);
const files = there ? readdirSync(samples).filter((name) => name.endsWith('.jpg') && !name.startsWith('large-')) : [];
const names = files.map((file) => file.replace('.jpg', '').replaceAll('-', ' '));

/**
 * Of 43 photos, how many must have their name first, and among the best five, of the 43 names. Guessing gets 1 and 5.
 */
const AT_LEAST = { first: 40, five: 42 };

describe.skipIf(!there)('clip-mini on photos (skipped where ../shared/samples or the model is absent)', () => {
  let fn: RunningFunction;
  beforeAll(async () => {
    fn = await startFunction('clip-fn', { CLIP_MODELS: models, CLIP_MODEL: 'clip-mini' });
  });
  afterAll(() => fn.stop());

  const classify = async (file: string, query: string) => {
    const body = new Uint8Array(readFileSync(new URL(file, samples)));
    const response = await fetch(`${fn.url}/?${query}`, { method: 'POST', body });
    expect(response.status).toBe(200);
    return (await response.json()) as { labels: { label: string }[] };
  };

  test(`at least ${AT_LEAST.first} photos have their name first, ${AT_LEAST.five} among the best five`, async () => {
    const all = encodeURIComponent(names.join(','));
    const ranks: number[] = [];
    for (const [i, file] of files.entries()) {
      const { labels } = await classify(file, `labels=${all}`);
      ranks.push(labels.findIndex(({ label }) => label === names[i]));
    }
    const [best, five] = [ranks.filter((rank) => rank === 0).length, ranks.filter((rank) => rank >= 0).length];
    console.log(`clip-mini: ${five} of ${files.length} photos in the top five, ${best} first`);
    expect(files).toHaveLength(43);
    expect(best).toBeGreaterThanOrEqual(AT_LEAST.first);
    expect(five).toBeGreaterThanOrEqual(AT_LEAST.five);
  });
});
