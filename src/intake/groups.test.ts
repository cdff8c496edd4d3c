import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import * as z from 'zod';
import { eventOf, formOf, rejectionOf } from '../../test/events.ts';
import { picture } from '../../test/pictures.ts';
import { groupName } from './groups.ts';
import { parseBatchRequest } from './parse-batch-request.ts';
import { urlRulesFromEnv } from './url-rules.ts';

/* Named groups of pictures in a request; functions/clip-fn/examples.test.ts asks for them over HTTP. */

const limits = { maxBytes: 100_000, maxPixels: 10_000 };
const groups = { field: 'kinds', called: 'kind', maxGroups: 3, maxName: 20, maxMembers: 20 };

let png: Buffer;
let server: Server;
let address: string;
let asked = 0;
beforeAll(async () => {
  png = await picture(12, 8).png().toBuffer();
  server = createServer((_, response) => {
    asked += 1;
    response.end(png);
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  address = `http://127.0.0.1:${(server.address() as AddressInfo).port}/a.png`;
});
afterAll(() => server.close());

const take = (sent: Parameters<typeof eventOf>[0]) => {
  const url = { ...urlRulesFromEnv(limits.maxBytes), allowAddress: () => true };
  return parseBatchRequest(eventOf(sent), z.object({}), { limits, url, groups });
};
const fromJson = (kinds: unknown) => take({ body: JSON.stringify({ image: png.toString('base64'), kinds }) });
const shapeOf = (found: Awaited<ReturnType<typeof take>>) =>
  found.groups?.map(({ name, members }) => [
    name,
    members.map((one) => (one instanceof Float32Array ? [...one] : one.width)),
  ]);

test.each([
  ['kinds[a]', 'a'],
  ['kinds[a][]', 'a'],
  ['kinds[a][3]', 'a'],
  ['kinds[7]', '7'],
  ['kinds[a]b]', 'a]b'],
  ['kinds[]', undefined],
  ['kinds', undefined],
  ['kinds[a', undefined],
  ['others[a]', undefined],
])('the field %s is of the group %s', (field, name) => {
  expect(groupName(field, 'kinds')).toBe(name);
});

describe('members are', () => {
  test('files of a form, beside the picture in question', async () => {
    const file = (field: string): [string, Blob, string] => [field, new Blob([new Uint8Array(png)]), 'a.png'];
    const sent = await formOf([file('kinds[a]'), file('image'), file('kinds[b]'), file('kinds[a][]')]);
    const found = await take(sent);
    expect(found).toMatchObject({ batch: false, pictures: [{ width: 12 }] });
    expect(shapeOf(found)).toEqual([
      ['a', [12, 12]],
      ['b', [12]],
    ]);
  });

  test('base64 texts and embeddings in JSON', async () => {
    const floats = Buffer.from(Float32Array.of(0.5, -2).buffer).toString('base64');
    const text = png.toString('base64');
    const found = await fromJson({ a: [text, [1, 2]], b: text, c: [{ embedding: [3] }, { embedding: floats }] });
    expect(shapeOf(found)).toEqual([
      ['a', [12, [1, 2]]],
      ['b', [12]],
      ['c', [[3], [0.5, -2]]],
    ]);
  });

  test('pictures by their addresses, of JSON, a form or the query, and no more than sixteen of them', async () => {
    expect(shapeOf(await fromJson({ a: [address] }))).toEqual([['a', [12]]]);
    expect(
      shapeOf(await take({ body: png, query: { 'kinds[a]': address, 'kinds[b][]': [address, address] } })),
    ).toEqual([
      ['a', [12]],
      ['b', [12, 12]],
    ]);
    const before = asked;
    expect(await rejectionOf(fromJson({ a: Array(17).fill(address) }))).toMatchObject({
      code: 'option-invalid',
      message: expect.stringMatching(/^Picture 17 of the kind "a": .*at most 16/),
      members: { option: 'kinds', kind: 'a', place: 17 },
    });
    expect(asked).toBe(before + 16);
  });
});

test.each([[{ a: [[1, 'x']] }], [{ a: [{ embedding: 'AAA=' }] }], [{ a: [{}] }], [{ a: [null] }], [{ a: 7 }], ['a']])(
  'what is no member is refused: %j',
  async (kinds) => {
    expect(await rejectionOf(fromJson(kinds))).toMatchObject({ code: 'option-invalid', members: { option: 'kinds' } });
  },
);

test('a request without groups has none', async () => {
  expect((await take({ body: png })).groups).toBeUndefined();
});
