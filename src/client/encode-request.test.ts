import { expect, test } from 'vitest';
import { encodeRequest } from '#client/encode-request';

const picture = Buffer.from([1, 2, 3]);

test('a picture goes as it is, its options in the query', () => {
  expect(encodeRequest({ angle: 90, prompt: ['a {}', 'b {}'] }, picture)).toEqual({
    query: { angle: 90, prompt: ['a {}', 'b {}'] },
    body: picture,
  });
  expect(encodeRequest({ url: 'https://example.org/a.png', top: undefined })).not.toHaveProperty('body');
});

test('options that are too long for a query go as JSON, with the picture', () => {
  const labels = JSON.stringify(Array.from({ length: 2_000 }, (_, i) => `label ${i}`));
  const { query, body, headers } = encodeRequest({ labels, top: 3, minCosine: undefined }, picture);
  expect(query).toBeUndefined();
  expect(headers).toEqual({ 'content-type': 'application/json' });
  expect(JSON.parse(String(body))).toEqual({ labels, top: 3, image: 'AQID' });
});

test('several pictures go as a batch in JSON', () => {
  const { query, body } = encodeRequest({ text: 'a cat' }, [picture, picture]);
  expect(query).toBeUndefined();
  expect(JSON.parse(String(body))).toEqual({ text: 'a cat', images: ['AQID', 'AQID'] });
});

test('what counts is the length on the wire', () => {
  expect(encodeRequest({ text: 'a'.repeat(5_900) }, picture).query).toBeDefined();
  // Each of these is six characters in a query.
  expect(encodeRequest({ text: 'é'.repeat(1_100) }, picture).query).toBeUndefined();
});

test.each([['a dog, in snow'], ['[x]']])(
  'a list with %s goes as JSON: as repeated text it would be parted',
  (label) => {
    const { query, body } = encodeRequest({ labels: ['cat', label] }, picture);
    expect(query).toBeUndefined();
    expect(JSON.parse(String(body))).toEqual({ labels: ['cat', label], image: 'AQID' });
  },
);
