import { expect, test } from 'vitest';
import { readSeen } from '#platform/seen';

const label = { label: 'cat', score: 0.9, cosine: 0.3 };
const read = (value: unknown) => readSeen(typeof value === 'string' ? value : JSON.stringify(value));

test('an answer of clip-fn is read with all it says', () => {
  const seen = { model: 'm', labels: [label], unknown: true, hint: 'Try more.', timings: { image: 1 } };
  expect(read(seen)).toEqual(seen);
  expect(read({ model: 'm', labels: [] })).toEqual({ model: 'm', labels: [], unknown: false });
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
