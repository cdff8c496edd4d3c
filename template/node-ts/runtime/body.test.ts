import { brotliCompressSync, deflateSync, gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { raw, start } from './testing.ts';
import type { FunctionEvent } from './types.ts';

interface Echo {
  kind: string;
  body: unknown;
}

function echo(event: FunctionEvent): Echo {
  const { body } = event;
  if (Buffer.isBuffer(body)) return { kind: 'buffer', body: body.toString('latin1') };
  return { kind: typeof body, body };
}

async function post(body: string | Buffer | undefined, headers: Record<string, string>, env = {}) {
  await using server = await start({ default: echo }, env);
  const init: RequestInit = { method: 'POST', headers };
  // A typed body: fetch would add a content type of its own to a string.
  if (body !== undefined) init.body = new Uint8Array(Buffer.from(body));
  const response = await fetch(server.url, init);
  return { status: response.status, ...((await response.json()) as Echo & { code: string; detail: string }) };
}

const type = (value: string, more = {}) => ({ 'content-type': value, ...more });

describe('bodies by content type, as node18 has them', () => {
  it.each([
    ['text/plain', 'hällo', 'string', 'hällo'],
    ['text/csv; charset=utf-8', 'a,b', 'string', 'a,b'],
    ['text/plain', '', 'string', ''],
    ['application/json', '{"a":[1]}', 'object', { a: [1] }],
    ['Application/JSON; charset=UTF-8', '[1]', 'object', [1]],
    ['application/json', '', 'object', {}],
    ['application/x-www-form-urlencoded', 'a[b]=1&c=x+y&d=1&d=2', 'object', { a: { b: '1' }, c: 'x y', d: ['1', '2'] }],
    ['application/x-www-form-urlencoded', '', 'object', {}],
    ['image/png', '\x89PNG', 'object', {}],
    ['application/octet-stream', 'x', 'object', {}],
    ['multipart/form-data; boundary=x', '--x--', 'object', {}],
    ['application/problem+json', '{"a":1}', 'object', {}],
    ['nonsense', 'x', 'object', {}],
  ])('%s: %j', async (contentType, body, kind, expected) => {
    expect(await post(body, type(contentType))).toEqual({ status: 200, kind, body: expected });
  });

  it('takes a body without a content type for text, and says so in the headers', async () => {
    await using server = await start({
      default: (event: FunctionEvent) => [event.headers['content-type'], event.body],
    });
    const head = 'POST / HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: 2\r\n\r\nhi';
    expect(await raw(server.port, head)).toContain('["text/plain","hi"]');
  });

  it('is {} without a body', async () => {
    await using server = await start({ default: echo });
    expect(await (await fetch(server.url)).json()).toEqual({ kind: 'object', body: {} });
  });

  it('decodes the charset', async () => {
    const latin = Buffer.from('h\xe4llo', 'latin1');
    expect((await post(latin, type('text/plain; charset="iso-8859-1"'))).body).toBe('hällo');
    expect(await post(latin, type('text/plain; charset=klingon'))).toMatchObject({ status: 415 });
    expect(await post('{}', type('application/json; charset=latin1'))).toMatchObject({ status: 415 });
  });

  it.each([
    ['gzip', gzipSync],
    ['deflate', deflateSync],
    ['br', brotliCompressSync],
  ])('unpacks %s', async (encoding, pack) => {
    const sent = await post(pack('{"a":1}'), type('application/json', { 'content-encoding': encoding }));
    expect(sent.body).toEqual({ a: 1 });
    const damaged = await post(pack('{"a":1}').subarray(0, 5), type('text/plain', { 'content-encoding': encoding }));
    expect(damaged).toMatchObject({ status: 400, code: 'bad-request' });
  });

  it('refuses encodings it does not know', async () => {
    expect(await post('x', type('text/plain', { 'content-encoding': 'lzma' }))).toMatchObject({ status: 415 });
  });

  it.each(['{"a":', 'nothing', '12', '"text"', 'null', ' '])('calls %j invalid JSON', async (body) => {
    const answer = await post(body, type('application/json'));
    expect(answer).toMatchObject({ status: 400, code: 'json-invalid', title: 'Invalid JSON' });
    expect(JSON.stringify(answer)).not.toMatch(/\.ts|at JSON/);
  });

  it('is always a Buffer with RAW_BODY', async () => {
    const env = { RAW_BODY: 'true' };
    expect(await post('\x89PNG', type('image/png'), env)).toMatchObject({
      kind: 'buffer',
      body: Buffer.from('\x89PNG').toString('latin1'),
    });
    expect(await post('{"a":1}', type('application/json'), env)).toMatchObject({ kind: 'buffer', body: '{"a":1}' });
    expect(await post('', type('text/plain'), env)).toMatchObject({ kind: 'buffer', body: '' });
  });
});

describe('limits', () => {
  const kb = (n: number) => 'x'.repeat(n * 1024);

  it.each([
    ['text', 'text/plain', kb(101)],
    ['JSON', 'application/json', JSON.stringify({ a: kb(101) })],
    ['a form', 'application/x-www-form-urlencoded', `a=${kb(101)}`],
  ])('%s of more than 100kb is refused', async (_name, contentType, body) => {
    const answer = await post(body, type(contentType));
    expect(answer).toMatchObject({ status: 413, code: 'body-too-large', detail: expect.stringContaining('102400') });
  });

  it('are raised by MAX_JSON_SIZE and MAX_RAW_SIZE', async () => {
    const json = JSON.stringify({ a: kb(150) });
    expect((await post(json, type('application/json'), { MAX_JSON_SIZE: '0.2mb' })).status).toBe(200);
    expect((await post(json, type('image/png'), { MAX_RAW_SIZE: '200kb', RAW_BODY: 'true' })).status).toBe(200);
    expect((await post(json, type('image/png'), { RAW_BODY: 'true' })).status).toBe(413);
  });

  it('count what a compressed body becomes', async () => {
    const bomb = gzipSync(Buffer.alloc(50 * 2 ** 20));
    const answer = await post(bomb, type('text/plain', { 'content-encoding': 'gzip' }));
    expect(answer).toMatchObject({ status: 413, code: 'body-too-large' });
  });

  it('count chunked bodies while they arrive', async () => {
    await using server = await start({ default: echo });
    const chunk = `${(64 * 1024).toString(16)}\r\n${kb(64)}\r\n`;
    const head = 'POST / HTTP/1.1\r\nHost: x\r\nConnection: close\r\nTransfer-Encoding: chunked\r\n\r\n';
    expect(await raw(server.port, `${head}${chunk}${chunk}${chunk}0\r\n\r\n`)).toContain('"code":"body-too-large"');
  });

  it('hold for the number of form fields', async () => {
    const form = Array.from({ length: 1001 }, (_, i) => `a${i}=`).join('&');
    expect((await post(form, type('application/x-www-form-urlencoded'))).status).toBe(413);
  });
});
