import { setImmediate as turn } from 'node:timers/promises';
import { brotliCompressSync, deflateRawSync, deflateSync, gzipSync } from 'node:zlib';
import { beforeAll, describe, expect, test } from 'vitest';
import * as z from 'zod';
import { listOption, numberOption } from '#contract/options';
import { eventOf, rejectionOf, type Sent } from '../../test/events.ts';
import { picture } from '../../test/pictures.ts';
import { parseBatchRequest } from './parse-batch-request.ts';
import { parseRequest } from './parse-request.ts';

/* Requests as clients write them. */
const schema = z.object({
  angle: numberOption({ min: 0, max: 360 }).optional(),
  labels: listOption({ maxItems: 5, maxLength: 60 }).optional(),
});
const limits = { maxBytes: 100_000, maxPixels: 10_000 };
const take = (sent: Sent) => parseRequest(eventOf(sent), schema, { limits });
const refusal = (sent: Sent) => rejectionOf(take(sent));

let png: Buffer;
let base64: string;
beforeAll(async () => {
  png = await picture(60, 40).png().toBuffer();
  base64 = png.toString('base64');
});
const typed = (type: string) => ({ 'content-type': type });
const came = async (sent: Sent) => expect((await take(sent)).picture?.bytes.equals(png)).toBe(true);
const form = (parts: [string, string | Buffer][], { boundary = 'Q', after = '' } = {}) => ({
  body: Buffer.concat([
    ...parts.flatMap(([head, content]) => [
      Buffer.from(`--${boundary}${after}\r\n${head}\r\n\r\n`),
      Buffer.from(content as string),
      Buffer.from('\r\n'),
    ]),
    Buffer.from(`--${boundary}--${after}\r\n`),
  ]),
  headers: typed(`multipart/form-data; boundary=${boundary}`),
});
const DISPOSITION = 'Content-Disposition: form-data; name=';

describe('multipart/form-data', () => {
  test.each([
    ['a media type and no file name', `${DISPOSITION}"image"\r\nContent-Type: image/png`],
    ['nothing but a name', `${DISPOSITION}"image"`],
    ['octets and no file name', `${DISPOSITION}image\r\nContent-Type: application/octet-stream`],
    ['a name that is no quoted text', `${DISPOSITION}image; filename=a.png; filename*=utf-8''a.png`],
    ['an unknown charset of its file name', `${DISPOSITION}"image"; filename="a"; filename*=x-none''%ff.png`],
  ])('a part with %s', async (_, head) => {
    await came(form([[head, png]]));
  });

  test.each([' ', ' \t  '])('boundaries followed by "%s"', async (after) => {
    await came(form([[`${DISPOSITION}"image"; filename="a.png"`, png]], { after }));
  });

  test('padding is found wherever the body is split', async () => {
    const sent = form([[`${DISPOSITION}"image"; filename="a.png"`, png]], { after: '  ', boundary: 'b'.repeat(60) });
    for (let shift = 0; shift < 140; shift += 1) {
      await came({ ...sent, body: Buffer.concat([Buffer.alloc(4_096 - shift, 'x'), Buffer.from('\r\n'), sent.body]) });
    }
  });

  test('base64 and a data URL in a text field', async () => {
    await came(form([[`${DISPOSITION}"image"`, base64]]));
    await came(form([[`${DISPOSITION}"image"`, `data:image/png;base64,${base64}`]]));
  });

  test('empty fields are absent', async () => {
    const sent = form([
      [`${DISPOSITION}"image"; filename="a.png"\r\nContent-Type: image/png`, png],
      [`${DISPOSITION}"file"; filename=""\r\nContent-Type: application/octet-stream`, ''],
      ...['url', 'ref', 'angle', 'labels'].map((name): [string, string] => [`${DISPOSITION}"${name}"`, '']),
    ]);
    expect((await take(sent)).options).toEqual({});
    await came(sent);
  });

  test('a form whose boundary is another is told so', async () => {
    const sent = form([[`${DISPOSITION}"image"; filename="a.png"`, png]]);
    const error = await refusal({ ...sent, headers: typed('multipart/form-data; boundary=other') });
    expect(error).toMatchObject({ code: 'multipart-invalid' });
  });

  test('texts have one small budget', async () => {
    const many = Array.from({ length: 20 }, (): [string, string] => [`${DISPOSITION}"labels"`, 'x'.repeat(60_000)]);
    expect(await refusal(form(many))).toMatchObject({ status: 413, code: 'body-too-large' });
  });
});

describe('data URLs (RFC 2397)', () => {
  test.each([
    'data:image/png;name=my%20photo.png;base64,',
    'data:image/png;name="a, b.png";base64,',
    'data:image/png; charset=utf-8; base64,',
    'data:;base64,',
    'DATA:image/png;BASE64, ',
  ])('%s', async (head) => {
    await came({ body: JSON.stringify({ image: head + base64 }) });
    await came({ body: head + base64 });
    await came({ query: { url: head + base64 } });
  });

  test('percent-escaped, with base64 and without', async () => {
    await came({ body: `data:image/png;base64,${encodeURIComponent(base64)}` });
    const escaped = [...png].map((byte) => `%${byte.toString(16).padStart(2, '0')}`).join('');
    await came({ body: `data:image/png,${escaped}` });
  });
});

describe('Content-Encoding', () => {
  test.each<[string, (bytes: Buffer) => Buffer]>([
    ['gzip', gzipSync],
    ['x-gzip', gzipSync],
    ['br', brotliCompressSync],
    ['deflate', deflateSync],
    ['deflate', deflateRawSync],
    ['GZIP, identity', gzipSync],
    ['identity', (bytes) => bytes],
    ['deflate, gzip', (bytes) => gzipSync(deflateSync(bytes))],
  ])('%s', async (coding, pack) => {
    const headers = { 'content-encoding': coding };
    await came({ body: pack(png), headers });
    await came({ body: pack(Buffer.from(JSON.stringify({ image: base64 }))), headers });
    const sent = form([[`${DISPOSITION}"image"`, png]]);
    await came({ body: pack(sent.body), headers: { ...sent.headers, ...headers } });
  });

  test.each(['zstd', 'utf-8', 'gzip, gzip, gzip', 'constructor'])('%s is refused by name', async (coding) => {
    const error = await refusal({ body: png, headers: { 'content-encoding': coding } });
    expect(error).toMatchObject({ status: 415, code: 'encoding-unsupported' });
    expect(error.message).toContain(coding);
  });

  test.each(['gzip', 'br', 'deflate'])('what is no %s, or cut short, is told so', async (coding) => {
    for (const body of [png, gzipSync(Buffer.alloc(9_000, png)).subarray(0, 60)]) {
      const error = await refusal({ body, headers: { 'content-encoding': coding } });
      expect(error).toMatchObject({ status: 400, code: 'encoding-invalid' });
    }
  });

  test('bytes are counted as they come out, and as they come in', async () => {
    const headers = { 'content-encoding': 'gzip' };
    expect(await refusal({ body: gzipSync(Buffer.alloc(90_000_000)), headers })).toMatchObject({ status: 413 });
    const empty = Buffer.concat(Array.from({ length: 20_000 }, () => gzipSync('')));
    expect(await refusal({ body: empty, headers })).toMatchObject({ status: 413 });
  });
});

describe('texts', () => {
  test.each(['\ufeff', ' \r\n\t ', '\ufeff \n'])('JSON after %j, with a type and without', async (before) => {
    for (const headers of [{}, typed('application/json'), typed('text/plain')]) {
      await came({ body: `${before}${JSON.stringify({ image: base64 })}`, headers });
    }
  });

  test('JSON in UTF-16, and JSON that is a text', async () => {
    const text = JSON.stringify({ image: base64 });
    await came({ body: Buffer.concat([Buffer.from([0xff, 0xfe]), Buffer.from(text, 'utf16le')]) });
    await came({ body: JSON.stringify(base64), headers: typed('application/json') });
  });

  test('JSON with slashes and pluses escaped, as PHP and .NET write it; null is absent', async () => {
    const escaped = base64.replace(/\//g, '\\/').replace(/\+/g, '\\u002B');
    await came({ body: `{"image": "${escaped}", "url": null, "angle": null}` });
  });

  test('urlencoded forms, escaped or not', async () => {
    const headers = typed('application/x-www-form-urlencoded');
    await came({ body: new URLSearchParams({ image: base64, url: '', angle: '3' }).toString(), headers });
    await came({ body: `angle=3&image=${base64}`, headers });
    await came({ body: base64, headers });
    const { options } = await take({ body: `image=${base64}&labels%5B%5D=a+b&labels[]=c&angle=7`, headers });
    expect(options).toEqual({ labels: ['a b', 'c'], angle: 7 });
  });

  test('base64 whose + became a space', async () => {
    const bytes = Buffer.concat([png, Buffer.alloc(60, 0xfb)]);
    const spaced = bytes.toString('base64').replace(/\+/g, ' ');
    const { picture: read } = await take({ body: JSON.stringify({ image: spaced }) });
    expect(read?.bytes.equals(bytes)).toBe(true);
  });

  test('base64 in lines parted by spaces', async () => {
    await came({ body: JSON.stringify({ image: base64.replace(/.{76}/g, '$& ') }) });
  });

  test('texts of a JSON list stay whole; repeated texts are parted', async () => {
    const labels = ['a dog, in snow', '[x]', 'cat'];
    expect((await take({ body: JSON.stringify({ image: base64, labels }) })).options.labels).toEqual(labels);
    const { options } = await take({ body: png, query: { labels: ['a,b', '["c, d"]'] } });
    expect(options.labels).toEqual(['a', 'b', 'c, d']);
  });

  test('a number that is too large is told as one', async () => {
    const error = await refusal({ body: `{"image": "${base64}", "angle": 1e400}` });
    expect(error.message).toContain('a number too large to be held');
  });
});

describe('JSON that would stall everybody', () => {
  const MIB = 1024 * 1024;
  const large = { maxBytes: 48 * MIB, maxPixels: 10_000 };
  test.each<[string, string, number, string]>([
    ['lists of objects', `{"a":[${'{},'.repeat(14_000_000)}{}]}`, 400, 'json-invalid'],
    ['keys', `{${'"k":1,'.repeat(3_500_000)}"a":1}`, 400, 'json-invalid'],
    ['labels', `{"labels":[${'"a",'.repeat(9_000_000)}"b"]}`, 400, 'json-invalid'],
    ['brackets', '{"a":'.concat('['.repeat(40_000_000)), 400, 'json-invalid'],
    ['white space', `{${' '.repeat(40_000_000)}}`, 413, 'body-too-large'],
    ['digits', `{"a":${'1'.repeat(40_000_000)}}`, 413, 'body-too-large'],
    ['quotes', `{"a":"${'\\"'.repeat(20_000_000)}"}`, 413, 'body-too-large'],
    ['backslashes', `{"a":"${'\\\\'.repeat(20_000_000)}"}`, 413, 'body-too-large'],
    ['a long key', `{"${'k'.repeat(40_000_000)}":1}`, 413, 'body-too-large'],
  ])('%s', async (_, body, status, code) => {
    await expect(parseBatchRequest(eventOf({ body }), schema, { limits: large })).rejects.toMatchObject({
      status,
      code,
    });
  });

  test('a long text where none belongs is told by its beginning', async () => {
    const body = JSON.stringify({ image: base64, labels: ['x'.repeat(2_000_000)] });
    const error = await parseRequest(eventOf({ body }), schema, { limits: large }).catch((thrown) => thrown);
    expect(error).toMatchObject({ code: 'option-invalid', members: { option: 'labels' } });
    const typo = JSON.stringify({ imgae: 'x'.repeat(2_000_000) });
    await expect(parseRequest(eventOf({ body: typo }), schema, { limits: large })).rejects.toMatchObject({
      code: 'option-unknown',
    });
  });

  test('a large picture is decoded in turns', async () => {
    const bytes = Buffer.concat([png, Buffer.alloc(20 * MIB)]);
    const body = JSON.stringify({ image: bytes.toString('base64') });
    const event = eventOf({ body });
    let turns = 0;
    let over = false;
    event.body.once('end', async () => {
      while (!over) {
        await turn();
        turns += 1;
      }
    });
    const { picture: read } = await parseRequest(event, schema, { limits: large });
    over = true;
    expect(read?.bytes.equals(bytes)).toBe(true);
    expect(turns).toBeGreaterThan(20);
  });
});
