import { PassThrough, Readable } from 'node:stream';
import { describe, expect, it } from 'vitest';
import { eventually, open, start } from './testing.ts';
import type { FunctionEvent } from './types.ts';

describe('a streamed answer', () => {
  it('of server-sent events goes out event by event', async () => {
    const events = new PassThrough();
    await using server = await start({
      default: (_event: FunctionEvent, context: { headers(values: object): { succeed(value: unknown): void } }) =>
        context.headers({ 'content-type': 'text/event-stream' }).succeed(events),
    });
    const response = await fetch(server.url);
    expect(response.headers.get('content-type')).toBe('text/event-stream');
    const reader = response.body!.pipeThrough(new TextDecoderStream()).getReader();
    for (const text of ['data: 1\n\n', 'data: 2\n\n']) {
      events.write(text);
      expect((await reader.read()).value).toBe(text);
    }
    events.end();
    expect((await reader.read()).done).toBe(true);
  });

  it('of server-sent events leaves the call id to whoever sent it, and has one of its own otherwise', async () => {
    await using server = await start({
      default: (_event: FunctionEvent, context: { headers(values: object): { succeed(value: unknown): void } }) =>
        context.headers({ 'content-type': 'text/event-stream' }).succeed(Readable.from(['data: 1\n\n'])),
    });
    expect((await fetch(server.url, { headers: { 'x-call-id': 'given' } })).headers.get('x-call-id')).toBeNull();
    expect((await fetch(server.url)).headers.get('x-call-id')).toMatch(/^[0-9a-f-]{36}$/);
  });

  it('that fails before its first byte is a problem', async () => {
    await using server = await start({
      default: () =>
        new Readable({
          read() {
            this.destroy(Object.assign(new Error('No such thing.'), { status: 404, code: 'not-found' }));
          },
        }),
    });
    const response = await fetch(server.url);
    expect([response.status, ((await response.json()) as { code: string }).code]).toEqual([404, 'not-found']);
    const destroyed = await start({ default: () => Readable.from(['x']).destroy() });
    expect((await fetch(destroyed.url)).status).toBe(500);
    await destroyed.stop(0);
  });

  it('that fails half way is seen to be broken', async () => {
    await using server = await start({
      default: async function* () {
        yield 'first';
        await new Promise((resolve) => setTimeout(resolve, 20));
        throw new Error('half way');
      },
    });
    const response = await fetch(server.url);
    await expect(response.text()).rejects.toThrow();
    expect(await server.logged('the answer broke off')).toMatchObject({ error: { message: 'half way' } });
    expect(await server.logged('answer broken off')).toMatchObject({ level: 'error', status: 500 });
  });

  it('cannot be longer than the length its handler gave', async () => {
    await using server = await start({
      default: (_event: FunctionEvent, context: { headers(values: object): { succeed(value: unknown): void } }) =>
        context.headers({ 'content-length': 3 }).succeed(Readable.from(['far too long'])),
    });
    await expect(fetch(server.url).then((response) => response.text())).rejects.toThrow();
  });

  it('is not begun for HEAD, and ended', async () => {
    const source = new PassThrough();
    await using server = await start({ default: () => source });
    expect((await fetch(server.url, { method: 'HEAD' })).status).toBe(200);
    expect(source.destroyed).toBe(true);
  });

  it.each([
    ['a Readable', (ended: () => void) => new Readable({ read() {} }).on('close', ended)],
    ['a web stream', (ended: () => void) => new ReadableStream({ cancel: ended })],
  ])('of %s is destroyed when the caller leaves before its first byte', async (_name, make) => {
    let ended = false;
    let begun = false;
    await using server = await start({
      default: () => {
        begun = true;
        return make(() => (ended = true));
      },
    });
    const { socket } = await open(server.port, 'GET / HTTP/1.1\r\nHost: x\r\n\r\n');
    await eventually(() => begun);
    socket.destroy();
    await eventually(() => ended);
    expect(await server.logged('caller left')).toMatchObject({ status: 499 });
  });

  it('is destroyed when the caller leaves in the middle', async () => {
    let ended = false;
    await using server = await start({
      default: async function* () {
        try {
          for (;;) {
            yield Buffer.alloc(65_536);
            await new Promise((resolve) => setImmediate(resolve));
          }
        } finally {
          ended = true;
        }
      },
    });
    const { socket, received } = await open(server.port, 'GET / HTTP/1.1\r\nHost: x\r\n\r\n');
    await eventually(() => received().length > 100_000);
    socket.destroy();
    await eventually(() => ended);
    await server.logged('caller left');
    expect(server.lines.filter(({ level }) => level === 'error')).toEqual([]);
  });
});
