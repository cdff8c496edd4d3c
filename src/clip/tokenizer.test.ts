import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { loadTokenizer } from './tokenizer.ts';

const tiny = fileURLToPath(new URL('./fixtures/models/tiny-clip/tokenizer.json', import.meta.url));
const clip = fileURLToPath(new URL('../../../shared/models/clip-bpe/tokenizer.json', import.meta.url));

test('gives each text its ids', async () => {
  const tokenize = await loadTokenizer(tiny, { contextLength: 8 });
  const { rows, lengths } = tokenize(['red', 'A photo of the blue']);
  expect(rows[0]).toEqual([2, 4, 3]);
  expect(lengths).toEqual([3, 7]);
});

test('cuts what is too long, keeps the end token, and tells how long it was', async () => {
  const tokenize = await loadTokenizer(tiny, { contextLength: 6 });
  const { rows, lengths } = tokenize(['red green blue red green blue red', 'red green blue red', '']);
  expect(rows[0]).toEqual([2, 4, 5, 6, 4, 3]);
  expect(lengths).toEqual([9, 6, 2]);
});

test('an empty text is its two special tokens', async () => {
  const tokenize = await loadTokenizer(tiny, { contextLength: 4 });
  expect(tokenize(['']).rows).toEqual([[2, 3]]);
});

describe.skipIf(!existsSync(clip))("CLIP's own vocabulary (skipped where ../shared is absent)", () => {
  test('gives the known ids, whatever the case and the spaces', async () => {
    const tokenize = await loadTokenizer(clip, { contextLength: 77 });
    const { rows } = tokenize(['a photo of a cat', '  A  PHOTO of a\tdog']);
    expect(rows).toEqual([
      [49406, 320, 1125, 539, 320, 2368, 49407],
      [49406, 320, 1125, 539, 320, 1929, 49407],
    ]);
  });

  test('gives the ids that transformers gives (training/parity/tokenizer.py)', async () => {
    const file = new URL('./fixtures/clip-bpe-ids.json', import.meta.url);
    const known: [string, number[]][] = JSON.parse(readFileSync(file, 'utf8'));
    const tokenize = await loadTokenizer(clip, { contextLength: 77 });
    const wrong = known.filter(([text, ids]) => String(tokenize([text]).rows[0]) !== String(ids));
    expect(known.length).toBeGreaterThan(400);
    expect(wrong).toEqual([]);
  });

  test('cuts at 77 tokens, the last of them the end of text', async () => {
    const tokenize = await loadTokenizer(clip, { contextLength: 77 });
    const [ids = []] = tokenize(['dog '.repeat(200)]).rows;
    expect(ids.length).toBe(77);
    expect(ids.slice(0, 3)).toEqual([49406, 1929, 1929]);
    expect(ids.slice(-2)).toEqual([1929, 49407]);
  });

  test('knows accents, contractions, digits one by one, and emoji', async () => {
    const tokenize = await loadTokenizer(clip, { contextLength: 24 });
    const expected = [49406, 585, 568, 275, 273, 3471, 20507, 12832, 26304, 26304, 964, 356, 1097, 35689];
    expect(tokenize(["it's 42 cafés 😀👩‍👩‍👧 naïve"]).rows[0]?.slice(0, 14)).toEqual(expected);
  });
});
