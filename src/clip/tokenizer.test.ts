import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { loadTokenizer } from './tokenizer.ts';

const tiny = fileURLToPath(new URL('./fixtures/models/tiny-clip/tokenizer.json', import.meta.url));
const clip = fileURLToPath(new URL('../../../shared/models/clip-bpe/tokenizer.json', import.meta.url));
const row = (ids: BigInt64Array, contextLength: number, place = 0) =>
  Array.from(ids.subarray(place * contextLength, (place + 1) * contextLength), Number);

test('pads to the context length and masks the padding', async () => {
  const tokenize = await loadTokenizer(tiny, { contextLength: 8, padId: 0 });
  const { ids, mask, count } = tokenize(['red', 'A photo of the blue']);
  expect(count).toBe(2);
  expect(row(ids, 8)).toEqual([2, 4, 3, 0, 0, 0, 0, 0]);
  expect(row(mask, 8)).toEqual([1, 1, 1, 0, 0, 0, 0, 0]);
  expect(row(mask, 8, 1)).toEqual([1, 1, 1, 1, 1, 1, 1, 0]);
});

test('cuts what is too long, keeps the end token, and tells how long it was', async () => {
  const tokenize = await loadTokenizer(tiny, { contextLength: 6, padId: 0 });
  const { ids, lengths } = tokenize(['red green blue red green blue red', 'red green blue red', '']);
  expect(row(ids, 6)).toEqual([2, 4, 5, 6, 4, 3]);
  expect(lengths).toEqual([9, 6, 2]);
});

test('an empty text is its two special tokens', async () => {
  const tokenize = await loadTokenizer(tiny, { contextLength: 4, padId: 9 });
  expect(row(tokenize(['']).ids, 4)).toEqual([2, 3, 9, 9]);
});

describe.skipIf(!existsSync(clip))("CLIP's own vocabulary (skipped where ../shared is absent)", () => {
  test('gives the known ids, whatever the case and the spaces', async () => {
    const tokenize = await loadTokenizer(clip, { contextLength: 77, padId: 49407 });
    const { ids } = tokenize(['a photo of a cat', '  A  PHOTO of a\tdog']);
    expect(row(ids, 77).slice(0, 8)).toEqual([49406, 320, 1125, 539, 320, 2368, 49407, 49407]);
    expect(row(ids, 77, 1).slice(0, 7)).toEqual([49406, 320, 1125, 539, 320, 1929, 49407]);
  });

  test('gives the ids that transformers gives (training/parity/tokenizer.py)', async () => {
    const file = new URL('./fixtures/clip-bpe-ids.json', import.meta.url);
    const known: [string, number[]][] = JSON.parse(readFileSync(file, 'utf8'));
    const tokenize = await loadTokenizer(clip, { contextLength: 77, padId: 0 });
    const wrong = known.filter(([text, ids]) => {
      const ours = row(tokenize([text]).ids, 77);
      return !ids.every((id, i) => ours[i] === id) || ours.slice(ids.length).some((id) => id !== 0);
    });
    expect(known.length).toBeGreaterThan(400);
    expect(wrong).toEqual([]);
  });

  test('cuts at 77 tokens, the last of them the end of text', async () => {
    const tokenize = await loadTokenizer(clip, { contextLength: 77, padId: 0 });
    const ids = row(tokenize(['dog '.repeat(200)]).ids, 77);
    expect(ids.slice(0, 3)).toEqual([49406, 1929, 1929]);
    expect(ids.slice(-2)).toEqual([1929, 49407]);
  });

  test('knows accents, contractions, digits one by one, and emoji', async () => {
    const tokenize = await loadTokenizer(clip, { contextLength: 24, padId: 0 });
    const expected = [49406, 585, 568, 275, 273, 3471, 20507, 12832, 26304, 26304, 964, 356, 1097, 35689];
    expect(row(tokenize(["it's 42 cafés 😀👩‍👩‍👧 naïve"]).ids, 24).slice(0, 14)).toEqual(expected);
  });
});
