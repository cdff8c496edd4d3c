import { Readable } from 'node:stream';
import { describe, expect, it } from 'vitest';
import { raw, start } from './testing.ts';
import type { FunctionContext, FunctionEvent, Handler } from './types.ts';

/** Answers one request with one handler. */
async function ask(handler: unknown, target = '/', init: RequestInit = {}) {
  await using server = await start({ default: handler });
  const response = await fetch(server.url + target, init);
  const body = Buffer.from(await response.arrayBuffer());
  return { response, status: response.status, type: response.headers.get('content-type'), text: body.toString(), body };
}

describe('what a handler is called with', () => {
  it('is what node18 has in its event, and the call id', async () => {
    const { text, response } = await ask(
      ({ headers, method, query, path, callId }: FunctionEvent) => ({ a: headers['x-a'], method, query, path, callId }),
      '/some/p%20th?x=1&y=2&x=3',
      { method: 'PUT', headers: { 'x-a': 'b', 'x-call-id': 'call-7' } },
    );
    expect(JSON.parse(text)).toEqual({
      a: 'b',
      method: 'PUT',
      query: { x: ['1', '3'], y: '2' },
      path: '/some/p%20th',
      callId: 'call-7',
    });
    expect(response.headers.get('x-call-id')).toBe('call-7');
  });

  it('nests bracketed query names and keeps prototypes out of it', async () => {
    let event: FunctionEvent | undefined;
    const handler: Handler = (given) => {
      event = given;
    };
    await ask(handler, '/?a[b]=1&list[]=x&list[]=y&__proto__[polluted]=1&constructor[prototype][polluted]=1');
    expect(event?.query).toEqual({
      a: { b: '1' },
      list: ['x', 'y'],
      constructor: { prototype: { polluted: '1' } },
    });
    expect(Object.getPrototypeOf(event?.query)).toBeNull();
    expect(({} as { polluted?: string }).polluted).toBeUndefined();
  });

  it.each(['x'.repeat(129), 'two words', 'ünicode', ''])('makes a call id of its own instead of "%s"', async (id) => {
    await using server = await start({ default: (event: FunctionEvent) => event.callId });
    const head = `GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\nX-Call-Id: ${id}\r\n\r\n`;
    expect(await raw(server.port, head)).toMatch(/\r\n\r\n[0-9a-f]{8}-[0-9a-f-]{27}$/);
  });

  it.each(['GET', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS', 'PROPFIND'])('lets %s through', async (method) => {
    const { text } = await ask((event: FunctionEvent) => event.method, '/', { method });
    expect(text).toBe(method);
  });

  it('lets HEAD through and sends the head alone', async () => {
    const { status, response, text } = await ask((event: FunctionEvent) => `${event.method}!`, '/', { method: 'HEAD' });
    expect([status, response.headers.get('content-length'), text]).toEqual([200, '5', '']);
  });

  it('reads targets that proxies send whole', async () => {
    await using server = await start({ default: ({ path, query }: FunctionEvent) => ({ path, query }) });
    const answer = await raw(server.port, 'GET http://h:1/a?b=1 HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n');
    expect(answer).toContain('{"path":"/a","query":{"b":"1"}}');
  });
});

describe('what a value becomes', () => {
  const cases: [name: string, value: unknown, type: string | null, text: string][] = [
    ['text', 'hällo', 'text/html; charset=utf-8', 'hällo'],
    ['an object', { a: 1 }, 'application/json', '{"a":1}'],
    ['an array', [1, 'b'], 'application/json', '[1,"b"]'],
    ['the number 404', 404, 'application/json', '404'],
    ['0', 0, 'application/json', '0'],
    ['0.5', 0.5, 'application/json', '0.5'],
    ['false', false, 'application/json', 'false'],
    ['true', true, 'application/json', 'true'],
    ['a bigint', 10n ** 20n, 'application/json', '100000000000000000000'],
    ['null', null, null, ''],
    ['undefined', undefined, null, ''],
    ['a Buffer', Buffer.from('bytes'), 'application/octet-stream', 'bytes'],
    ['a Uint8Array', new Uint8Array([104, 105]), 'application/octet-stream', 'hi'],
    ['part of a larger buffer', new Uint8Array([1, 104, 105, 1]).subarray(1, 3), 'application/octet-stream', 'hi'],
    ['an ArrayBuffer', new Uint8Array([104, 105]).buffer, 'application/octet-stream', 'hi'],
    ['a Blob', new Blob(['hi'], { type: 'text/x-blob' }), 'text/x-blob', 'hi'],
    [
      'a class instance',
      new (class Point {
        x = 1;
      })(),
      'application/json',
      '{"x":1}',
    ],
  ];

  it.each(cases)('%s', async (_name, value, type, text) => {
    await using server = await start({
      default: (event: FunctionEvent, context: FunctionContext) => {
        if (event.path === '/returned') return value;
        context.succeed(value);
      },
    });
    for (const path of ['/returned', '/succeed']) {
      const response = await fetch(server.url + path);
      expect([response.status, response.headers.get('content-type'), await response.text()]).toEqual([200, type, text]);
    }
  });

  it.each([
    ['a Readable', () => Readable.from(['str', Buffer.from('eam')])],
    ['a web stream', () => new Blob(['stream']).stream()],
    [
      'an async iterable',
      async function* () {
        yield 'str';
        yield new Uint8Array([101, 97, 109]);
      },
    ],
  ])('%s', async (_name, make) => {
    const { type, text, response } = await ask(() => make());
    expect([type, text]).toEqual(['application/octet-stream', 'stream']);
    expect(response.headers.get('transfer-encoding')).toBe('chunked');
  });

  it('has its length told where it is known', async () => {
    const { response } = await ask(() => ({ ä: 1 }));
    expect(response.headers.get('content-length')).toBe('8');
  });

  it('keeps status and headers, in either order', async () => {
    const { status, type, response, text } = await ask((_event: FunctionEvent, context: FunctionContext) =>
      context
        .status(201)
        .headers({ 'Content-Type': 'text/plain', 'Set-Cookie': ['a=1', 'b=2'], 'X-N': 5 })
        .succeed('x'),
    );
    expect([status, type, text]).toEqual([201, 'text/plain; charset=utf-8', 'x']);
    expect(response.headers.getSetCookie()).toEqual(['a=1', 'b=2']);
    expect(response.headers.get('x-n')).toBe('5');
  });

  it('reads status and headers back', async () => {
    const { text } = await ask((_event: FunctionEvent, context: FunctionContext) => {
      context.status(202).headers({ 'x-a': '1' });
      return [context.status(), context.headers()];
    });
    expect(JSON.parse(text)).toEqual([202, { 'x-a': '1' }]);
  });

  it('is nothing when the context itself is returned', async () => {
    const { status, text } = await ask((_event: FunctionEvent, context: FunctionContext) => context.status(202));
    expect([status, text]).toEqual([202, '']);
  });

  it('has no body with 204 and 304', async () => {
    await using server = await start({
      default: (event: FunctionEvent, context: FunctionContext) =>
        context.status(Number(event.query.status)).succeed(event.query.stream ? Readable.from(['b']) : 'body'),
    });
    for (const query of ['status=204', 'status=304', 'status=204&stream=1']) {
      const answer = await raw(server.port, `GET /?${query} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n`);
      expect(answer).toMatch(/\r\n\r\n$/);
    }
  });

  it('is the first answer when a handler gives two', async () => {
    await using server = await start({
      default: async (_event: FunctionEvent, context: FunctionContext) => {
        context.succeed('first');
        context.succeed('second');
        throw new Error('after the answer');
      },
    });
    expect(await (await fetch(server.url)).text()).toBe('first');
    expect(server.lines.filter(({ msg }) => msg === 'the handler went on after its answer')).toHaveLength(2);
  });

  it('is what the callback of a handler that takes one says, after the handler has returned', async () => {
    const later = (_event: unknown, _context: unknown, callback: (error: unknown, value?: unknown) => void) => {
      setTimeout(() => callback(null, { later: true }), 5);
    };
    expect((await ask(later)).text).toBe('{"later":true}');
  });

  it('cannot smuggle header lines or framing', async () => {
    const { status, response } = await ask((_event: FunctionEvent, context: FunctionContext) =>
      context.headers({ 'x-a': 'b\r\nx-evil: 1' }).succeed('x'),
    );
    expect([status, response.headers.get('x-evil')]).toEqual([500, null]);
    const framed = await ask((_event: FunctionEvent, context: FunctionContext) =>
      context.headers({ 'Content-Length': '1', 'Transfer-Encoding': 'chunked' }).succeed('whole'),
    );
    expect(framed.text).toBe('whole');
  });
});
