import { describe, expect, test } from 'vitest';
import { EmbeddingCache } from './cache.ts';
import { LabelEmbeddings, type LabelRequest } from './label-embeddings.ts';
import { readPrompt } from './prompts.ts';
import type { TextRows } from './session.ts';

const embedding = (width: number) => ({ vector: new Float32Array(width), tokens: 3 });

describe('EmbeddingCache', () => {
  test('never holds more bytes than it may, and drops what was not used for longest', () => {
    const cache = new EmbeddingCache(10_000);
    for (let i = 0; i < 100; i += 1) {
      cache.set(`label ${i}`, embedding(100));
      cache.get('label 0');
      expect(cache.bytes).toBeLessThanOrEqual(10_000);
    }
    expect(cache.size).toBeGreaterThan(10);
    expect(cache.get('label 0')).toBeDefined();
    expect(cache.get('label 99')).toBeDefined();
    expect(cache.get('label 1')).toBeUndefined();
  });

  test('counts a replaced entry once, and drops only an entry larger than the limit', () => {
    const cache = new EmbeddingCache(1_000);
    cache.set('a', embedding(10));
    const { bytes } = cache;
    cache.set('a', embedding(10));
    expect(cache.bytes).toBe(bytes);
    cache.set('b', embedding(1_000));
    expect(cache.get('b')).toBeUndefined();
    expect(cache.get('a')).toBeDefined();
    expect(cache.bytes).toBe(bytes);
  });

  test('peek neither counts an entry nor keeps it longer; a limit need not be whole', () => {
    const cache = new EmbeddingCache(1_000.5);
    cache.set('a', embedding(60));
    cache.set('b', embedding(60));
    expect(cache.peek('a')).toBeDefined();
    cache.set('c', embedding(60));
    expect(cache.peek('a')).toBeUndefined();
    expect([cache.hits, cache.misses]).toEqual([0, 0]);
  });
});

/** Rows for texts, with one token per letter. */
function rowsOf(texts: string[], rowOf: (text: string) => number[]): TextRows {
  return { rows: Float32Array.from(texts.flatMap(rowOf)), tokenCounts: texts.map(({ length }) => length) };
}

/** Embeds a text as (its length, 1) and records the batches. */
function notedEmbedder(delay = 0) {
  const batches: string[][] = [];
  const embed = async (texts: string[]) => {
    batches.push(texts);
    await new Promise((resolve) => setTimeout(resolve, delay));
    return rowsOf(texts, (text) => [text.length, 1]);
  };
  return { batches, embed };
}

const names = (count: number) => Array.from({ length: count }, (_, i) => 'x'.repeat(i + 1));
const ask = (embed: LabelRequest['embed'], labels: string[], more: Partial<LabelRequest> = {}): LabelRequest => ({
  ...{ model: 'm 1', prompt: readPrompt('none'), labels, embed, lanes: 1 },
  ...more,
});

describe('LabelEmbeddings', () => {
  test('gives one vector a label in order, in batches, each text once', async () => {
    const { batches, embed } = notedEmbedder();
    const embeddings = new LabelEmbeddings(1e6);
    const labels = [...names(150), 'x'];
    const found = await embeddings.embeddings(ask(embed, labels));
    expect(found.map(({ vector }) => vector[0])).toEqual(labels.map((label) => label.length));
    expect(found.map(({ tokens }) => tokens)).toEqual(labels.map((label) => label.length));
    expect(batches.map(({ length }) => length)).toEqual([64, 64, 22]);
    await embeddings.embeddings(ask(embed, labels));
    expect(batches).toHaveLength(3);
  });

  test('another prompt or another model is another embedding', async () => {
    const { batches, embed } = notedEmbedder();
    const embeddings = new LabelEmbeddings(1e6);
    await embeddings.embeddings(ask(embed, ['cat']));
    await embeddings.embeddings(ask(embed, ['cat'], { prompt: readPrompt('photo') }));
    await embeddings.embeddings(ask(embed, ['cat'], { model: 'm 2' }));
    expect(batches).toEqual([['cat'], ['a photo of a cat'], ['cat']]);
  });

  test('a label under several templates is the mean direction of them', async () => {
    const embed = async (texts: string[]) => rowsOf(texts, (text) => (text.startsWith('a') ? [1, 0] : [0, 1]));
    const embeddings = new LabelEmbeddings(1e6);
    const [found] = await embeddings.embeddings(ask(embed, ['cat'], { prompt: readPrompt(['a {}', 'the {}']) }));
    expect(found?.tokens).toBe('the cat'.length);
    expect(Array.from(found!.vector)).toEqual([expect.closeTo(Math.SQRT1_2, 6), expect.closeTo(Math.SQRT1_2, 6)]);
  });

  test('requests at once share the work', async () => {
    const { batches, embed } = notedEmbedder(10);
    const embeddings = new LabelEmbeddings(1e6);
    const [a, b] = await Promise.all([
      embeddings.embeddings(ask(embed, names(30))),
      embeddings.embeddings(ask(embed, names(20))),
    ]);
    expect(batches.flat()).toHaveLength(30);
    expect(a.slice(0, 20)).toEqual(b);
  });

  test('a cache with room for nothing still answers', async () => {
    const { embed } = notedEmbedder();
    const embeddings = new LabelEmbeddings(1);
    expect(await embeddings.embeddings(ask(embed, names(50)))).toHaveLength(50);
    expect(embeddings.cache.size).toBe(0);
  });

  test('who leaves keeps what was done and starts nothing more', async () => {
    const { batches, embed } = notedEmbedder(10);
    const embeddings = new LabelEmbeddings(1e6);
    const leaving = new AbortController();
    const answer = embeddings.embeddings(ask(embed, names(512), { signal: leaving.signal }));
    setTimeout(() => leaving.abort(new Error('left')), 15);
    await expect(answer).rejects.toThrow('left');
    await new Promise((resolve) => setTimeout(resolve, 30));
    expect(batches.length).toBeLessThan(8);
    expect(embeddings.cache.size).toBe(batches.length * 64);
  });

  test('a failure is told to everybody who waits, and forgotten', async () => {
    let failing = true;
    const embed = async (texts: string[]) => {
      if (failing) throw new Error('no model');
      return rowsOf(texts, () => [1, 1]);
    };
    const embeddings = new LabelEmbeddings(1e6);
    const both = await Promise.allSettled([
      embeddings.embeddings(ask(embed, names(3))),
      embeddings.embeddings(ask(embed, names(3))),
    ]);
    expect(both.map(({ status }) => status)).toEqual(['rejected', 'rejected']);
    failing = false;
    expect(await embeddings.embeddings(ask(embed, names(3)))).toHaveLength(3);
  });
});
