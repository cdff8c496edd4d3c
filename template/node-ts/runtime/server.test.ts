import { once } from 'node:events';
import { connect } from 'node:net';
import { describe, expect, it } from 'vitest';
import { eventually, start } from './testing.ts';
import type { FunctionEvent } from './types.ts';

describe('GET /metrics', () => {
  it('counts, times and measures in Prometheus text', async () => {
    await using server = await start({
      default: (event: FunctionEvent, context: { status(code: number): { succeed(): void } }) =>
        context.status(Number(event.query.status ?? 200)).succeed(),
      metrics: () => 'clip_pictures_total 3\n',
    });
    await fetch(server.url);
    await fetch(server.url);
    await fetch(`${server.url}/?status=404`, { method: 'POST' });
    await eventually(() => server.lines.length === 3);
    const response = await fetch(`${server.url}/metrics`);
    expect(response.headers.get('content-type')).toBe('text/plain; version=0.0.4; charset=utf-8');
    const text = await response.text();
    expect(text).toContain('http_requests_total{method="GET",code="200"} 2\n');
    expect(text).toContain('http_requests_total{method="POST",code="404"} 1\n');
    expect(text).toContain('http_request_duration_seconds_bucket{method="GET",code="200",le="+Inf"} 2\n');
    expect(text).toContain('http_request_duration_seconds_count{method="GET",code="200"} 2\n');
    expect(text).toMatch(/^http_requests_in_flight 0$/m);
    expect(text).toMatch(/^process_resident_memory_bytes \d{7,}$/m);
    expect(text).toMatch(/^nodejs_eventloop_lag_seconds\{quantile="0.99"\} [\d.e-]+$/m);
    expect(text).toMatch(/^clip_pictures_total 3$/m);
    for (const line of text.trimEnd().split('\n')) expect(line).toMatch(/^(# (HELP|TYPE) \S+ .+|\S+(\{.*\})? \S+)$/);
    expect(server.lines).toHaveLength(3);
  });

  it('has what the runtime knows when the module knows nothing, or fails', async () => {
    await using plain = await start({ default: () => 'handler' });
    expect(await (await fetch(`${plain.url}/metrics`)).text()).toContain('http_requests_in_flight');
    await using failing = await start({ default: () => 'handler', metrics: () => Promise.reject(new Error('no')) });
    expect(await (await fetch(`${failing.url}/metrics`)).text()).toContain('http_requests_in_flight');
    expect(failing.lines).toMatchObject([{ level: 'error', error: { message: 'no' } }]);
  });

  it('is left to handlers that have a page of their own there', async () => {
    await using server = await start({ default: () => 'handler' }, { metrics_path: '' });
    expect(await (await fetch(`${server.url}/metrics`)).text()).toBe('handler');
    await using moved = await start({ default: () => 'handler' }, { metrics_path: '/internal/metrics' });
    expect(await (await fetch(`${moved.url}/metrics`)).text()).toBe('handler');
    expect(await (await fetch(`${moved.url}/internal/metrics`)).text()).toContain('http_requests_in_flight');
    expect(await (await fetch(`${moved.url}/internal/metrics`, { method: 'POST' })).text()).toBe('handler');
  });
});

describe('GET /openapi.json', () => {
  it('is what the module says; without one the handler is asked', async () => {
    await using described = await start({ default: () => 'handler', openapi: () => ({ openapi: '3.1.0' }) });
    const response = await fetch(`${described.url}/openapi.json`);
    expect(response.headers.get('content-type')).toBe('application/json');
    expect(await response.json()).toEqual({ openapi: '3.1.0', servers: [{ url: described.url }] });
    const headers = { 'x-forwarded-host': 'example.org', 'x-forwarded-proto': 'https' };
    const forwarded = await fetch(`${described.url}/openapi.json`, { headers });
    const { servers } = (await forwarded.json()) as { servers: object[] };
    expect(servers).toEqual([{ url: expect.stringMatching(/^https:\/\/example\.org\/function\/[\w-]+$/) }]);
    await using linked = await start({ default: () => 'handler', openapi: () => ({ externalDocs: { url: '/docs' } }) });
    const { externalDocs } = (await (await fetch(`${linked.url}/openapi.json`)).json()) as { externalDocs: object };
    expect(externalDocs).toEqual({ url: `${linked.url}/docs` });
    await using plain = await start({ default: () => 'handler' });
    expect(await (await fetch(`${plain.url}/openapi.json`)).text()).toBe('handler');
  });
});

describe('the log', () => {
  it('has one line a request, without its query', async () => {
    await using server = await start({ default: () => 'four' });
    await fetch(`${server.url}/a/b?key=secret`, { headers: { authorization: 'secret', 'x-call-id': 'c1' } });
    expect(await server.logged('answered')).toEqual({
      time: expect.stringMatching(/^\d{4}-.*Z$/),
      level: 'info',
      function: 'test-fn',
      callId: 'c1',
      msg: 'answered',
      method: 'GET',
      path: '/a/b',
      status: 200,
      ms: expect.any(Number),
      bytes: 4,
    });
    expect(JSON.stringify(server.lines)).not.toContain('secret');
  });

  it('counts the bytes of streams, and keeps long paths short', async () => {
    await using server = await start({
      default: async function* () {
        yield 'ä';
        yield Buffer.alloc(1000);
      },
    });
    await (await fetch(`${server.url}/${'a'.repeat(5000)}`)).arrayBuffer();
    const line = await server.logged('answered');
    expect(line.bytes).toBe(1002);
    expect(String(line.path)).toHaveLength(256);
  });
});

describe('stopping', () => {
  it('finishes what is in flight, takes nothing new and keeps no connection', async () => {
    let release: (() => void) | undefined;
    const server = await start({ default: () => new Promise((resolve) => (release = () => resolve('late'))) });
    const answer = fetch(server.url);
    const finish = await eventually(() => release);
    const unused = connect(server.port, '127.0.0.1').on('error', () => {});
    await once(unused, 'connect');
    const stopped = server.stop(5000);
    await expect(fetch(server.url)).rejects.toThrow();
    finish();
    const response = await answer;
    expect([await response.text(), response.headers.get('connection')]).toEqual(['late', 'close']);
    expect(await stopped).toBe(true);
  });

  it('does not wait for connections that idle, kept alive by answers before', async () => {
    const server = await start({ default: () => 'x' });
    await (await fetch(server.url)).text();
    const begun = performance.now();
    expect(await server.stop(5000)).toBe(true);
    expect(performance.now() - begun).toBeLessThan(4000);
  });

  it('ends streams that were begun before, with their connections', async () => {
    let release: (() => void) | undefined;
    const server = await start({
      default: async function* () {
        yield 'a';
        await new Promise<void>((resolve) => (release = resolve));
        yield 'b';
      },
    });
    const response = await fetch(server.url);
    const goOn = await eventually(() => release);
    const stopped = server.stop(5000);
    goOn();
    expect(await response.text()).toBe('ab');
    expect(await stopped).toBe(true);
  });

  it('tells handlers to give up at the limit, and cuts off those that do not', async () => {
    let begun = 0;
    const server = await start({
      default: async ({ path, signal }: FunctionEvent) => {
        begun += 1;
        await new Promise<void>((resolve) => {
          if (path === '/polite') signal.addEventListener('abort', () => resolve());
        });
        signal.throwIfAborted();
      },
    });
    const polite = fetch(`${server.url}/polite`);
    const stubborn = fetch(`${server.url}/stubborn`).catch((error: Error) => error);
    await eventually(() => begun === 2);
    expect(await server.stop(50)).toBe(false);
    const response = await polite;
    expect([response.status, ((await response.json()) as { code: string }).code]).toEqual([504, 'timed-out']);
    expect(await stubborn).toBeInstanceOf(Error);
  });
});
