import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import sharp from 'sharp';
import { beforeAll, describe, expect, test } from 'vitest';
import * as z from 'zod';
import { listOption, numberOption } from '#contract/options';
import { eventOf, formOf, rejectionOf, type Sent } from '../../test/events.ts';
import { hugePng, picture } from '../../test/pictures.ts';
import { parseRequest } from './parse-request.ts';
import { urlRulesFromEnv } from './url-rules.ts';

const schema = z.object({
  angle: numberOption({ min: 0, max: 360 }).default(90),
  labels: listOption({ maxItems: 5, maxLength: 20 }).optional(),
});
const limits = { maxBytes: 100_000, maxPixels: 10_000 };
const take = (sent: Sent) => parseRequest(eventOf(sent), schema, { limits });
const refusal = (sent: Sent) => rejectionOf(take(sent));

let png: Buffer;
beforeAll(async () => {
  png = await picture(60, 40).png().toBuffer();
});
const blob = () => new Blob([new Uint8Array(png)]);

describe('a picture comes in', () => {
  test.each([
    'image/png',
    'text/plain',
    'application/x-www-form-urlencoded',
    'application/octet-stream',
    'application/json',
    '',
  ])('as raw bytes under content type "%s"', async (type) => {
    const { picture: came, options } = await take({
      body: png,
      headers: { 'content-type': type },
      query: { angle: '45' },
    });
    expect(came).toMatchObject({ format: 'png', width: 60, height: 40 });
    expect(came?.bytes.equals(png)).toBe(true);
    expect(options).toEqual({ angle: 45 });
  });

  test.each(['image', 'file'])('in a form, in the field %s, with options as fields', async (field) => {
    const form = await formOf([
      ['angle', '30'],
      [field, blob(), 'x.png'],
      ['labels', 'cat,dog'],
      ['labels', 'a b'],
    ]);
    const { picture: came, options } = await take(form);
    expect(came?.bytes.equals(png)).toBe(true);
    expect(options).toEqual({ angle: 30, labels: ['cat', 'dog', 'a b'] });
  });

  test('in JSON, as base64 or data URL, under any content type', async () => {
    for (const image of [png.toString('base64'), `data:image/png;base64,${png.toString('base64')}`]) {
      for (const type of ['application/json', 'text/plain']) {
        const body = JSON.stringify({ image, angle: 10, labels: ['x, y'] });
        const { picture: came, options } = await take({ body, headers: { 'content-type': type } });
        expect(came?.bytes.equals(png)).toBe(true);
        expect(options.angle).toBe(10);
      }
    }
  });

  test('as base64 text, in lines or as a data URL', async () => {
    const base64 = png.toString('base64');
    for (const body of [
      base64,
      `${base64.replace(/.{76}/g, '$&\n')}\n`,
      `data:image/png;base64,${base64}`,
      png.toString('base64url'),
    ]) {
      const { picture: came } = await take({ body, headers: { 'content-type': 'text/plain' } });
      expect(came?.bytes.equals(png)).toBe(true);
    }
  });
});

test('a picture comes in by URL: query, text, JSON and form field', async () => {
  const server = createServer((_, response) => response.end(png)).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = `http://127.0.0.1:${(server.address() as AddressInfo).port}/a.png`;
  const url = { ...urlRulesFromEnv(limits.maxBytes), allowAddress: () => true };
  for (const sent of [
    { method: 'GET', query: { url: address, angle: '7' } },
    { body: `${address}\n`, query: { angle: '7' } },
    { body: JSON.stringify({ url: address, angle: 7 }) },
    await formOf([
      ['url', address],
      ['angle', '7'],
    ]),
  ]) {
    const { picture: came, options } = await parseRequest(eventOf(sent), schema, { limits, url });
    expect(came?.bytes.equals(png)).toBe(true);
    expect(options.angle).toBe(7);
  }
  server.close();
});

describe('what is wrong is said', () => {
  test.each<[string, () => Sent | Promise<Sent>, number, string, RegExp]>([
    ['nothing', () => ({}), 400, 'source-missing', /no picture/],
    ['GET without anything', () => ({ method: 'GET' }), 400, 'source-missing', /no picture/],
    ['a form without a file', () => formOf([['angle', '3']]), 400, 'source-missing', /no picture/],
    ['an empty file field', () => formOf([['image', new Blob([]), '']]), 400, 'source-missing', /no picture/],
    [
      'a file in another field',
      () => formOf([['upload', blob()]]),
      400,
      'option-unknown',
      /"image" or "file", not "upload"/,
    ],
    [
      'two files',
      () =>
        formOf([
          ['image', blob()],
          ['file', blob()],
        ]),
      400,
      'source-ambiguous',
      /one picture/,
    ],
    [
      'a body and a url',
      () => ({ body: png, query: { url: 'https://example.com/a.png' } }),
      400,
      'source-ambiguous',
      /the body and "url"/,
    ],
    [
      'a url inside',
      () => ({ query: { url: 'http://[::ffff:10.0.0.1]/a.png' } }),
      403,
      'address-refused',
      /not fetched/,
    ],
    [
      'two urls',
      () => ({ query: { url: ['http://a.example/', 'http://b.example/'] } }),
      400,
      'option-invalid',
      /"url"/,
    ],
    ['a text url inside', () => ({ body: 'http://127.0.0.1/a.png\n' }), 403, 'address-refused', /not fetched/],
    [
      'two in JSON',
      () => ({ body: JSON.stringify({ image: 'aaaa', file: 'bbbb' }) }),
      400,
      'source-ambiguous',
      /"image" and "file"/,
    ],
    [
      'a number for a picture',
      () => ({ body: JSON.stringify({ image: 7 }) }),
      400,
      'option-invalid',
      /"image" must be a text/,
    ],
    ['no base64', () => ({ body: JSON.stringify({ image: '§§§§' }) }), 400, 'option-invalid', /neither base64/],
    ['broken JSON', () => ({ body: '{"image": ' }), 400, 'json-invalid', /not valid JSON/],
    [
      'a JSON list',
      () => ({ body: '[1]', headers: { 'content-type': 'application/json' } }),
      400,
      'json-invalid',
      /must be an object/,
    ],
    ['a wrong value', () => ({ body: png, query: { angle: 'left' } }), 400, 'option-invalid', /"angle" is "left"/],
    [
      'an unknown option',
      () => ({ body: png, query: { angel: '90' } }),
      400,
      'option-unknown',
      /no option "angel"; known here: angle, labels/,
    ],
    [
      'an empty list',
      () => ({ body: png, query: { labels: '' } }),
      400,
      'option-invalid',
      /"labels" is ""; it must be a list of 1 to 5 texts/,
    ],
    [
      'an option given twice',
      async () => ({
        ...(await formOf([
          ['image', blob()],
          ['angle', '1'],
        ])),
        query: { angle: '2' },
      }),
      400,
      'option-invalid',
      /given twice/,
    ],
    [
      'an option that only an object has by itself',
      () => ({ body: '{"toString": 1}', headers: { 'content-type': 'application/json' } }),
      400,
      'option-unknown',
      /no option "toString"/,
    ],
    [
      'a file without a name for its field',
      () => ({
        body: Buffer.concat([
          Buffer.from('--edge\r\nContent-Disposition: form-data; name=""; filename="a.png"\r\n\r\n'),
          png,
          Buffer.from('\r\n--edge--\r\n'),
        ]),
        headers: { 'content-type': 'multipart/form-data; boundary=edge' },
      }),
      400,
      'option-unknown',
      /field "image" or "file", not ""/,
    ],
    [
      'a form without boundary',
      () => ({ body: png, headers: { 'content-type': 'multipart/form-data' } }),
      400,
      'multipart-invalid',
      /boundary/i,
    ],
    [
      'a form that breaks off',
      async () => {
        const form = await formOf([['image', blob()]]);
        return { ...form, body: form.body.subarray(0, 200) };
      },
      400,
      'multipart-invalid',
      /form/i,
    ],
    ['text', () => ({ body: 'hello there, world of words' }), 415, 'not-a-picture', /This is text/],
    ['a word that could be base64', () => ({ body: 'abcdefghijklmnopqrstuvwx' }), 415, 'not-a-picture', /This is text/],
    ['an SVG', () => ({ body: '<svg xmlns="http://www.w3.org/2000/svg"></svg>' }), 415, 'not-a-picture', /SVG/],
    [
      'base64 of text in JSON',
      () => ({ body: JSON.stringify({ image: Buffer.from('hello').toString('base64') }) }),
      415,
      'not-a-picture',
      /text/,
    ],
    [
      'a damaged header',
      () => ({ body: Buffer.concat([png.subarray(0, 12), Buffer.alloc(40)]) }),
      422,
      'picture-damaged',
      /The PNG is damaged/,
    ],
  ])('%s', async (_, make, status, code, detail) => {
    const error = await refusal(await make());
    expect(error).toMatchObject({ status, code });
    expect(error.message).toMatch(detail);
  });

  test('more bytes than allowed: declared, counted, in a form, in base64', async () => {
    const big = Buffer.alloc(limits.maxBytes * 2, png.subarray(0, 8));
    for (const sent of [
      { body: big },
      { body: png, headers: { 'content-length': String(1e9) } },
      await formOf([['image', new Blob([new Uint8Array(big)])]]),
      { body: big.toString('base64') },
      { body: JSON.stringify({ image: Buffer.alloc(limits.maxBytes + 9, png.subarray(0, 8)).toString('base64') }) },
    ]) {
      expect(await refusal(sent)).toMatchObject({ status: 413, code: 'body-too-large' });
    }
  });

  test('more pixels than allowed, read from the header alone', async () => {
    expect(await refusal({ body: hugePng(20_000, 20_000) })).toMatchObject({ status: 413, code: 'too-many-pixels' });
    expect((await refusal({ body: hugePng(20_000, 20_000) })).message).toContain('20000 × 20000');
  });
});

test('a picture may be optional, or none of the function’s business', async () => {
  expect((await parseRequest(eventOf({}), schema, { picture: 'optional' })).picture).toBeUndefined();
  expect((await parseRequest(eventOf({ query: { angle: '5' } }), schema, { picture: 'none' })).options.angle).toBe(5);
  const { data } = await sharp(png).raw().toBuffer({ resolveWithObject: true });
  expect(data.length).toBe(60 * 40 * 3);
});
