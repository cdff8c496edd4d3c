import { expect, test } from 'vitest';
import { inOneLine, NONE_OF_THESE, parseClassification, verdictOf } from '#contract/classification';

const label = { label: 'cat', score: 0.9, cosine: 0.3 };
const read = (value: unknown) => parseClassification(typeof value === 'string' ? value : JSON.stringify(value));

test('an answer of clip-fn is read with all it says', () => {
  const classification = {
    model: 'm',
    labels: [label],
    state: 'none',
    unknown: true,
    hint: 'Try more.',
    timings: { image: 1 },
  };
  expect(read(classification)).toEqual(classification);
  expect(read({ model: 'm', labels: [] })).toEqual({ model: 'm', labels: [], state: 'sure', unknown: false });
  expect(read({ model: 'm', labels: [], unknown: true })).toMatchObject({ state: 'none', unknown: true });
  expect(read({ model: 'm', labels: [], state: 'odd' })).toMatchObject({ state: 'sure' });
});

test.each([
  'no JSON',
  null,
  [],
  {},
  { model: 'm' },
  { labels: [label] },
  { model: 'm', labels: [null] },
  { model: 'm', labels: [{ ...label, score: '1' }] },
  { model: 'm', labels: [{ label: 7, score: 1, cosine: 1 }] },
])('%j is something else', (value) => {
  expect(read(value)).toBeUndefined();
});

test('the three answers in words', () => {
  const labels = [label];
  const share = (score: number) => `${score * 100} %`;
  expect(verdictOf({ state: 'sure', labels })).toBeUndefined();
  expect(verdictOf({ state: 'unsure', labels })).toBe('Not sure; best guess: cat');
  expect(verdictOf({ state: 'none', labels })).toBe(NONE_OF_THESE);
  expect(inOneLine({ state: 'sure', labels }, share)).toBe('cat, 90 %');
  expect(inOneLine({ state: 'unsure', labels }, share)).toBe('Not sure; best guess: cat, 90 %');
  expect(inOneLine({ state: 'none', labels }, share)).toBe(NONE_OF_THESE);
});
