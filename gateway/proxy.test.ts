import { createHash, randomBytes } from 'node:crypto';
import { request } from 'node:http';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { arrivals, call, echoed, type TestGateway, testGateway, until } from './fixtures/gateway.ts';

let gateway: TestGateway;
let echo: string;

beforeAll(async () => {
  gateway = await testGateway();
  echo = `${gateway.url}/function/echo-fn`;
});

afterAll(() => gateway.end());

describe('what a function sees', () => {
  it.each([
    ['', '/'],
    ['/', '/'],
    ['?a=1&a=2', '/?a=1&a=2'],
    ['/?q=%20+', '/?q=%20+'],
    ['.openfaas-fn/a', '/a'],
    ['/a/b?q=1', '/a/b?q=1'],
    ['/a/b/c%2Fd%00', '/a/b/c%2Fd%00'],
  ])('/function/echo-fn%s → %s', async (suffix, expected) => {
    expect((await echoed(gateway.url, { path: `/function/echo-fn${suffix}` })).url).toBe(expected);
  });

  it.each(['GET', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'])('%s', async (method) => {
    expect((await echoed(echo, { method })).method).toBe(method);
  });

  it('one connection for many calls', async () => {
    const ports = new Set<number>();
    for (let time = 0; time < 5; time++) ports.add((await echoed(echo, { method: 'POST', body: 'x' })).from);
    expect(ports.size).toBe(1);
  });

  it('HEAD is answered without a body', async () => {
    expect(await call(echo, { method: 'HEAD' })).toMatchObject({ status: 200, text: '' });
  });

  it("the caller's headers, where it came from, and nothing that is meant for one hop", async () => {
    const { headers } = await echoed(echo, {
      method: 'POST',
      body: 'abc',
      headers: {
        'x-own': 'kept',
        'x-secret': 'not kept',
        connection: 'keep-alive, x-secret',
        te: 'trailers',
        'proxy-authorization': 'not kept',
        'content-type': 'text/x',
        'x-call-id': 'given',
        host: 'example.test',
      },
    });
    expect(headers).toMatchObject({
      'x-own': 'kept',
      'content-type': 'text/x',
      'content-length': '3',
      'x-call-id': 'given',
      'x-forwarded-host': 'example.test',
      'x-forwarded-for': expect.stringMatching(/^127\.0\.0\.1:\d+$/),
      'x-start-time': expect.stringMatching(/^\d{19}$/),
    });
    for (const name of ['x-secret', 'te', 'proxy-authorization', 'transfer-encoding'])
      expect(headers).not.toHaveProperty(name);
  });

  it('a new call id where the given one could not be logged', async () => {
    const { headers } = await echoed(echo, { headers: { 'x-call-id': 'two words' } });
    expect(headers['x-call-id']).toMatch(/^[0-9a-f]{8}-/);
  });

  it('the environment of the stack file, the gateway and the operator, and no more', async () => {
    const other = await testGateway({ env: { CLIP_LABELSET: 'cifar10', FROM_STACK: '2', AWS_SECRET_ACCESS_KEY: 'x' } });
    const environment = JSON.parse((await call(`${other.url}/function/echo-fn/environment`)).text);
    expect(environment).toMatchObject({
      FROM_STACK: '1',
      CLIP_LABELSET: 'cifar10',
      gateway_url: other.url,
      OPENFAAS_NAME: 'echo-fn',
      OPENFAAS_NAMESPACE: 'openfaas-fn',
      exec_timeout: '2s',
    });
    expect(environment).not.toHaveProperty('AWS_SECRET_ACCESS_KEY');
    await other.end();
  });
});

describe('what a caller sees', () => {
  it('status and headers of the function, and those of the gateway', async () => {
    const { status, headers } = await call(`${echo}/bare?status=418`, {
      headers: { 'x-call-id': 'given', 'content-type': 'text/x' },
    });
    expect(status).toBe(418);
    expect(headers).toMatchObject({
      'x-own': 'kept',
      'set-cookie': ['a=1', 'b=2'],
      'content-type': 'text/x',
      'x-call-id': 'given',
      'x-served-by': 'obscura-gateway/0.0.0',
      'x-start-time': expect.stringMatching(/^\d{19}$/),
      'x-duration-seconds': expect.stringMatching(/^\d+\.\d{6}$/),
    });
    expect(headers).not.toHaveProperty('x-secret');
  });

  it('plain text where neither says what it is, and nothing for an answer without a body', async () => {
    expect((await call(`${echo}/bare`)).headers['content-type']).toBe('text/plain');
    expect((await call(`${echo}/bare?status=204`)).headers).not.toHaveProperty('content-type');
  });

  it('redirects as they are', async () => {
    expect((await call(`${echo}/bare?status=302`)).status).toBe(302);
  });

  it('events as they happen', async () => {
    const times: number[] = [];
    await new Promise<void>((resolve, reject) => {
      request(`${echo}/events`, (response) => {
        times.push(performance.now());
        response.on('data', () => times.push(performance.now()));
        response.on('end', resolve);
      })
        .on('error', reject)
        .end();
    });
    expect(times).toHaveLength(3);
    expect(times[1]! - times[0]!).toBeGreaterThan(80);
    expect(times[2]! - times[1]!).toBeGreaterThan(80);
  });
});

describe('bodies', () => {
  it('come back bit for bit, with and without a length', async () => {
    const body = randomBytes(3_000_000);
    const hash = createHash('sha256').update(body).digest('hex');
    for (const headers of [{}, { 'transfer-encoding': 'chunked' }]) {
      const got = await new Promise<Buffer>((resolve, reject) => {
        const sent = request(`${echo}/echo`, { method: 'POST', headers }, async (response) => {
          const chunks: Buffer[] = [];
          for await (const chunk of response) chunks.push(chunk as Buffer);
          resolve(Buffer.concat(chunks));
        });
        sent.on('error', reject);
        sent.end(body);
      });
      expect(createHash('sha256').update(got).digest('hex')).toBe(hash);
    }
  });

  it('flow while they are sent: the first bytes are back before the last are there', async () => {
    const sent = request(`${echo}/echo`, { method: 'POST' });
    const first = new Promise<string>((resolve) =>
      sent.on('response', (response) => response.once('data', (chunk) => resolve(String(chunk)))),
    );
    sent.write('first');
    expect(await first).toBe('first');
    sent.end();
  });

  it('200 MB pass without the memory of the gateway growing with them', async () => {
    const patient = await testGateway({ functions: { 'echo-fn': {} } });
    const chunk = Buffer.alloc(1024 * 1024);
    const before = process.memoryUsage().rss;
    let peak = 0;
    const size = await new Promise<string>((resolve, reject) => {
      const sent = request(`${patient.url}/function/echo-fn/size`, { method: 'PUT' }, async (response) => {
        for await (const text of response) resolve(String(text));
      });
      sent.on('error', reject);
      void (async () => {
        for (let part = 0; part < 200; part++) {
          if (!sent.write(chunk)) await new Promise((go) => sent.once('drain', go));
          peak = Math.max(peak, process.memoryUsage().rss);
        }
        sent.end();
      })();
    });
    expect(Number(size)).toBe(200 * chunk.length);
    expect(peak - before).toBeLessThan(80 * 1024 * 1024);
    await patient.end();
  });

  it('wait for 100 Continue until there is a process to take them', async () => {
    const sent = request(`${echo}/size`, { method: 'POST', headers: { expect: '100-continue', 'content-length': 4 } });
    sent.flushHeaders();
    const answer = new Promise<string>((resolve) =>
      sent.on('response', (response) => response.once('data', (text) => resolve(String(text)))),
    );
    await new Promise((resolve) => sent.once('continue', resolve));
    sent.end('four');
    expect(await answer).toBe('4');
  });

  it('are not asked for where there is no such function', async () => {
    const sent = request(`${gateway.url}/function/none`, {
      method: 'POST',
      headers: { expect: '100-continue', 'content-length': 4 },
    });
    sent.flushHeaders();
    const continued = new Promise((resolve) => sent.once('continue', () => resolve('continue')));
    const status = new Promise((resolve) => sent.once('response', (response) => resolve(response.statusCode)));
    expect(await Promise.race([continued, status])).toBe(404);
    sent.destroy();
  });

  it('go to a crowded process once it asks for them', async () => {
    const hanging = Array.from({ length: 40 }, () => {
      const leaving = new AbortController();
      return { leaving, gone: fetch(`${echo}/hang`, { signal: leaving.signal }).catch(() => {}) };
    });
    const ask = () => echoed(echo, { method: 'POST', body: 'x'.repeat(1_000_000) });
    await until(async () => (await ask()).headers.expect === '100-continue');
    expect((await ask()).size).toBe(1_000_000);
    expect(await call(`${echo}/refuse`, { method: 'POST', body: 'x'.repeat(1_000_000) })).toMatchObject({
      status: 413,
    });
    for (const { leaving } of hanging) leaving.abort();
    await Promise.all(hanging.map(({ gone }) => gone));
    await until(async () => (await ask()).headers.expect === undefined);
  });

  it('may be followed by trailers, and so may answers: they end here, the bodies do not', async () => {
    const sent = request(`${echo}/size`, { method: 'POST', headers: { trailer: 'x-sum' } });
    const answer = new Promise<string>((resolve) =>
      sent.on('response', async (response) => resolve(String(Buffer.concat(await response.toArray())))),
    );
    sent.write('four');
    sent.addTrailers({ 'x-sum': '4' });
    sent.end('more');
    expect(await answer).toBe('8');
    const { text, headers } = await call(`${echo}/trailer`);
    expect(text).toBe('one two');
    expect(headers).not.toHaveProperty('trailer');
  });

  it('are not waited for where the method has none', async () => {
    for (const method of ['GET', 'HEAD', 'DELETE']) {
      expect((await call(echo, { method, headers: { 'content-length': 0 } })).status).toBe(200);
    }
  });

  it('a sender is held back when the function does not read', async () => {
    const sent = request(`${echo}/hang-unread`, { method: 'POST' });
    sent.on('error', () => {});
    const chunk = Buffer.alloc(1024 * 1024);
    let written = 0;
    while (written < 200 && sent.write(chunk)) written++;
    const before = process.memoryUsage().rss;
    for (let more = 0; more < 50; more++) sent.write(chunk);
    await new Promise((resolve) => setTimeout(resolve, 300));
    // 50 MB wait in the sender itself; what the gateway would hold on top of that shows here.
    expect(sent.writableLength).toBeGreaterThan(40 * 1024 * 1024);
    expect(process.memoryUsage().rss - before).toBeLessThan(40 * 1024 * 1024);
    sent.destroy();
  });

  it('may be refused early', async () => {
    const answer = await call(`${echo}/refuse`, { method: 'POST', body: Buffer.alloc(5_000_000) });
    expect(answer).toMatchObject({ status: 413, text: 'too large' });
  });
});

describe('when a caller leaves', () => {
  const aborted = async () => Number((await call(`${echo}/aborted`)).text);

  it.each(['/hang', '/endless'])('the function learns of it (%s)', async (path) => {
    const before = await aborted();
    const { query, reach } = arrivals(gateway.folder);
    const sent = request(`${echo}${path}?${query}`, { method: 'POST' });
    sent.on('error', () => {});
    const data = new Promise((resolve) => sent.once('response', (response) => response.once('data', resolve)));
    sent.end('x');
    await (path === '/endless' ? data : reach(1));
    sent.destroy();
    await until(async () => (await aborted()) > before);
  });

  it('a slow reader holds the function back', async () => {
    const sent = request(`${echo}/endless`);
    sent.end();
    const response = await new Promise<import('node:http').IncomingMessage>((resolve) =>
      sent.once('response', resolve),
    );
    response.pause();
    const before = process.memoryUsage().rss;
    await new Promise((resolve) => setTimeout(resolve, 400));
    expect(process.memoryUsage().rss - before).toBeLessThan(30 * 1024 * 1024);
    sent.destroy();
  });
});
