import { once } from 'node:events';
import { Agent, request } from 'node:http';
import { connect } from 'node:net';
import { PassThrough, Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { describe, expect, it } from 'vitest';
import { eventually, open, raw, start } from './testing.ts';
import type { FunctionEvent, StreamHandler } from './types.ts';

const stream = (handler: StreamHandler) => ({ default: handler, body: 'stream' });

describe("a module with body = 'stream'", () => {
  it('gets the body as it arrives, parsed by nobody', async () => {
    await using server = await start(
      stream(async (event) => {
        let size = 0;
        for await (const chunk of event.body) size += chunk.length;
        return { size, type: event.headers['content-type'] ?? 'none', query: event.query };
      }),
    );
    const response = await fetch(`${server.url}/?a[b]=1&c=2&c=3`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: Buffer.alloc(5 * 2 ** 20),
    });
    expect(await response.json()).toEqual({
      size: 5 * 2 ** 20,
      type: 'application/json',
      query: { 'a[b]': '1', c: ['2', '3'] },
    });
    expect(await (await fetch(server.url)).json()).toMatchObject({ size: 0, type: 'none' });
  });

  it('may answer with a stream made from the body', async () => {
    await using server = await start(
      stream(({ body }) => {
        const upper = new Transform({ transform: (chunk, _encoding, done) => done(null, `${chunk}`.toUpperCase()) });
        return body.pipe(upper);
      }),
    );
    const text = 'abcdefgh'.repeat(2 ** 17);
    const response = await fetch(server.url, { method: 'POST', body: text });
    expect(await response.text()).toBe(text.toUpperCase());
  });

  it('holds the sender back while it does not read', async () => {
    let release: (() => void) | undefined;
    await using server = await start(
      stream(async ({ body }) => {
        await new Promise<void>((resolve) => (release = resolve));
        let size = 0;
        for await (const chunk of body) size += chunk.length;
        return size;
      }),
    );
    const size = 64 * 2 ** 20;
    const { socket, received } = await open(
      server.port,
      `POST / HTTP/1.1\r\nHost: x\r\nContent-Length: ${size}\r\n\r\n`,
    );
    socket.write(Buffer.alloc(size));
    await new Promise((resolve) => setTimeout(resolve, 100));
    expect(socket.writableLength).toBeGreaterThan(size / 2);
    (await eventually(() => release))();
    await eventually(() => received().endsWith(`${size}`));
    socket.destroy();
  });

  it('can refuse a body half way by a failing pipeline, and the caller hears of it', async () => {
    await using server = await start(
      stream(async ({ body }) => {
        let size = 0;
        const counter = async function* (chunks: AsyncIterable<Buffer>) {
          for await (const chunk of chunks) {
            size += chunk.length;
            if (size > 100_000) throw Object.assign(new Error('Too much.'), { status: 413, code: 'body-too-large' });
            yield chunk;
          }
        };
        await pipeline(body, counter, new PassThrough().resume());
      }),
    );
    const response = await fetch(server.url, { method: 'POST', body: Buffer.alloc(8 * 2 ** 20) });
    expect([response.status, ((await response.json()) as { code: string }).code]).toEqual([413, 'body-too-large']);
  });
});

describe('a body that the handler leaves unread', () => {
  it('does not spoil the connection for the next request', async () => {
    await using server = await start(stream(() => 'early'));
    const agent = new Agent({ keepAlive: true, maxSockets: 1 });
    const ask = async () => {
      const outgoing = request(server.url, { agent, method: 'POST' });
      outgoing.end(Buffer.alloc(3 * 2 ** 20));
      const [response] = await once(outgoing, 'response');
      const chunks = await response.toArray();
      return { text: Buffer.concat(chunks).toString(), port: outgoing.socket?.localPort };
    };
    const [first, second] = [await ask(), await ask()];
    expect([first.text, second.text]).toEqual(['early', 'early']);
    expect(second.port).toBe(first.port);
    agent.destroy();
  });

  it('is answered even when the sender never goes on, and given up on', async () => {
    await using server = await start(stream(() => 'early'));
    const { socket, received } = await open(server.port, 'POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\n123');
    await eventually(() => received().endsWith('early'));
    expect(await server.logged('answered')).toMatchObject({ status: 200, bytes: 5 });
    socket.destroy();
  });

  it('comes without a body that was not asked for', async () => {
    await using server = await start(
      stream(async ({ body, path }) => (path === '/refuse' ? 'no' : `read ${(await body.toArray()).length}`)),
    );
    const head = (path: string) =>
      `POST ${path} HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: 4\r\n\r\n`;
    const refused = await open(server.port, head('/refuse'));
    await eventually(() => refused.received().endsWith('no'));
    expect(refused.received()).not.toContain('100 Continue');
    const read = await open(server.port, head('/read'));
    await eventually(() => read.received().includes('100 Continue'));
    read.socket.write('four');
    await eventually(() => read.received().endsWith('read 1'));
    for (const { socket } of [refused, read]) socket.destroy();
  });

  it('reaches callers that read only after sending everything', async () => {
    await using server = await start(stream(() => Buffer.alloc(8 * 2 ** 20, 'x')));
    const size = 16 * 2 ** 20;
    const socket = connect(server.port, '127.0.0.1');
    await once(socket, 'connect');
    socket.pause();
    socket.write(`POST / HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: ${size}\r\n\r\n`);
    await new Promise<void>((resolve, reject) => socket.write(Buffer.alloc(size), (e) => (e ? reject(e) : resolve())));
    let bytes = 0;
    for await (const chunk of socket) bytes += chunk.length;
    expect(bytes).toBeGreaterThan(8 * 2 ** 20);
  });
});

describe('a caller who leaves', () => {
  it('aborts the signal, and how the handler then gives up is no news', async () => {
    let reason: unknown;
    let arrived = false;
    let release = () => {};
    await using server = await start({
      default: async ({ signal }: FunctionEvent) => {
        arrived = true;
        await once(signal, 'abort');
        reason = signal.reason;
        await new Promise<void>((resolve) => (release = resolve));
        signal.throwIfAborted();
      },
    });
    const { socket } = await open(server.port, 'GET / HTTP/1.1\r\nHost: x\r\n\r\n');
    await eventually(() => arrived);
    socket.destroy();
    await eventually(() => reason);
    expect((reason as Error).name).toBe('AbortError');
    release();
    await server.logged('caller left');
    await new Promise((resolve) => setTimeout(resolve, 20));
    expect(server.lines.map(({ msg }) => msg)).toEqual(['caller left']);
  });

  it('ends the body stream with an error, read or unread', async () => {
    const errors: Error[] = [];
    const arrived: string[] = [];
    await using server = await start(
      stream(async (event) => {
        arrived.push(event.path);
        if (event.path === '/unread') return new Promise(() => {});
        await event.body.toArray().catch((error) => errors.push(error));
      }),
    );
    for (const path of ['/unread', '/read']) {
      const { socket } = await open(server.port, `POST ${path} HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\n123`);
      await eventually(() => arrived.includes(path));
      socket.destroy();
      await eventually(() => server.lines.find((line) => line.path === path));
    }
    await eventually(() => errors.length > 0);
  });

  it('while the body is parsed is no error of the function', async () => {
    await using server = await start({ default: () => 'never' });
    const head =
      'POST / HTTP/1.1\r\nHost: x\r\nContent-Type: text/plain\r\nContent-Length: 10\r\nExpect: 100-continue\r\n\r\n';
    const { socket, received } = await open(server.port, head);
    await eventually(() => received().includes('100 Continue'));
    socket.write('123');
    socket.destroy();
    expect(await server.logged('caller left')).toMatchObject({ level: 'info', status: 499 });
    expect(server.lines).toHaveLength(1);
  });

  it('does not abort the signal once the answer is done', async () => {
    let signal: AbortSignal | undefined;
    await using server = await start({
      default: (event: FunctionEvent) => {
        signal = event.signal;
      },
    });
    await raw(server.port, 'GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n');
    await server.logged('answered');
    expect(signal?.aborted).toBe(false);
  });
});
