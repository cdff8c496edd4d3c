import { connect } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { authorizationOf, call, type TestGateway, testGateway } from './fixtures/gateway.ts';

let gateway: TestGateway;

beforeAll(async () => {
  gateway = await testGateway();
});

afterAll(() => gateway.end());

/** Sends bytes as they are and gives back everything until the connection ends. */
function raw(text: string, options: { end?: boolean } = {}): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect(Number(new URL(gateway.url).port), '127.0.0.1');
    let got = '';
    socket.on('data', (chunk) => {
      got += chunk;
    });
    socket.on('close', () => resolve(got));
    socket.on('error', reject);
    socket.write(text);
    if (options.end) socket.end();
  });
}

const status = (answer: string) => Number(answer.split(' ')[1]);
const line = (target: string) => `GET ${target} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n`;

describe('what is not for a function', () => {
  it.each([
    ['GET', '/healthz', 200, 'OK\n'],
    ['HEAD', '/healthz', 200, ''],
    ['POST', '/healthz', 405, 'Use GET here.\n'],
    ['GET', '/nothing', 404, expect.stringContaining('/function/NAME')],
    ['GET', '/', 404, expect.stringContaining('/function/NAME')],
    ['GET', '/function', 404, expect.anything()],
    ['GET', '/function/', 404, expect.anything()],
    ['GET', '/functions/echo-fn', 404, expect.anything()],
    ['GET', '/function/none', 404, expect.stringMatching(/^error finding function none\.openfaas-fn: /)],
    [
      'GET',
      '/function/echo-fn.other',
      404,
      expect.stringMatching(/^error finding function echo-fn\.other\.openfaas-fn: /),
    ],
    ['GET', '/function/../system/functions', 301, ''],
    ['GET', '/function/%6eone', 404, expect.stringMatching(/^error finding function none\.openfaas-fn: /)],
    ['GET', '/function/%2e%2e/system/functions', 301, ''],
    ['GET', '/function/echo-fn%2f..%2f..%2fsystem', 301, ''],
    ['GET', '/function/echo-fn%00', 404, expect.anything()],
    ['GET', '/./system/functions', 301, ''],
    ['GET', '/system/../system/functions', 301, ''],
    ['GET', '/async-function/echo-fn', 405, 'Only POST can be queued.\n'],
    ['PROPFIND', '/function/echo-fn', 405, expect.stringContaining('PROPFIND')],
  ])('%s %s is %i', async (method, path, code, text) => {
    const answer = await call(gateway.url, { method, path });
    expect([answer.status, answer.text]).toEqual([code, text]);
    expect(answer.headers['x-content-type-options']).toBe('nosniff');
  });

  it('the front page is the page function, once there is one', async () => {
    const paged = await testGateway({ functions: { 'frontend-fn': {} } });
    const answer = await call(paged.url, { path: '/' });
    expect([answer.status, answer.headers.location]).toEqual([307, '/function/frontend-fn']);
    await paged.end();
  });
});

describe('the status page', () => {
  it('shows functions, calls and errors to the operator, and only to them', async () => {
    const busy = await testGateway();
    await call(`${busy.url}/function/echo-fn`);
    await call(`${busy.url}/function/echo-fn/hang?<script>`, { headers: { 'x-timeout': '5ms', 'x-call-id': '<b>' } });
    expect((await call(`${busy.url}/ui/`)).status).toBe(401);
    const headers = { authorization: authorizationOf(busy.folder) };
    expect((await call(`${busy.url}/ui/`, { method: 'POST', headers })).status).toBe(405);
    const { status, text, headers: answered } = await call(`${busy.url}/ui/`, { headers });
    expect([status, answered['content-type']]).toEqual([200, 'text/html; charset=utf-8']);
    expect(answered['content-security-policy']).toContain("default-src 'none'");
    expect(text).toMatch(/href="\/function\/echo-fn">echo-fn</);
    expect(text).toMatch(/data-key="echo-fn\/State" class="ready">ready, started in [\d.]+ m?s</);
    const shown = (key: string) => new RegExp(`data-key="${key}"[^>]*>([^<]*)<`).exec(text)?.[1];
    expect(['Processes', 'Calls', 'Failed', 'Refused'].map((title) => shown(`echo-fn/${title}`))).toEqual([
      ...['1', '2', '1 (50.0 %)', '0'],
    ]);
    expect(shown('echo-fn/p95')).toMatch(/^[\d.]+ m?s$/);
    expect(shown('broken-fn/State')).toBe('not running');
    expect(text).toContain('did not answer within 5 ms (call &lt;b&gt;)');
    expect([shown('now-queue'), shown('now-dead')]).toEqual(['0', '0']);
    const metrics = /href="(http:[^"]+\/metrics)"/.exec(text)?.[1] ?? '';
    expect((await call(metrics)).text).toContain('gateway_functions_seconds');
    expect((await call(`${busy.url}/function/broken-fn`)).status).toBe(503);
    expect((await call(`${busy.url}/ui/`, { headers })).text).toContain(' class="failed">does not start<');
    await busy.end();
  });
});

describe('what is not a proper request', () => {
  it.each(['/function/echo-fn/%zz', '/%', 'function/echo-fn', '*', '/function/echo-fn/\u00e9'])(
    '%s is 400',
    async (target) => {
      expect(status(await raw(line(target)))).toBe(400);
    },
  );

  it('a target with a host in it is taken for its path', async () => {
    expect(await raw(line('http://elsewhere.test/healthz'))).toMatch(/^HTTP\/1.1 200 (.|\r|\n)*OK/);
  });

  it.each([
    ['garbage', 'hello\r\n\r\n', 400],
    ['no host', 'GET /healthz HTTP/1.1\r\n\r\n', 400],
    [
      'two lengths',
      'POST /function/echo-fn HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab',
      400,
    ],
    [
      'length and chunks',
      'POST /function/echo-fn HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n',
      400,
    ],
    ['a NUL in the address', 'GET /function/echo-fn/\0 HTTP/1.1\r\nHost: x\r\n\r\n', 400],
    ['a NUL in a header', 'GET /healthz HTTP/1.1\r\nHost: x\r\nX: a\0b\r\n\r\n', 400],
    ['a line break in a header', 'GET /healthz HTTP/1.1\r\nHost: x\r\nX: a\nb: c\rd\r\n\r\n', 400],
    [
      'a header bomb of many',
      `GET /healthz HTTP/1.1\r\nHost: x\r\nConnection: close\r\n${'a: b\r\n'.repeat(5000)}\r\n`,
      431,
    ],
    ['a header bomb', `GET /healthz HTTP/1.1\r\nHost: x\r\nX: ${'x'.repeat(70_000)}\r\n\r\n`, 431],
  ])('%s', async (_what, text, code) => {
    expect(status(await raw(text))).toBe(code);
  });

  it('long headers and addresses of an honest caller pass to the function', async () => {
    const answer = await call(`${gateway.url}/function/echo-fn?labels=${'x,'.repeat(20_000)}`, {
      headers: { 'x-long': 'x'.repeat(20_000) },
    });
    expect(answer.status).toBe(200);
    expect(JSON.parse(answer.text).url).toHaveLength(40_000 + '/?labels='.length);
  });
});

describe('slow callers', () => {
  it('are let go, and say so: headers, bodies', async () => {
    // Times of production are 10 s and 65 s; a gateway with a short time for calls has short ones.
    const hasty = await testGateway({ upstreamTimeout: -4000 });
    const port = Number(new URL(hasty.url).port);
    const drip = (text: string) =>
      new Promise<string>((resolve) => {
        const socket = connect(port, '127.0.0.1');
        let got = '';
        socket.on('data', (chunk) => {
          got += chunk;
        });
        socket.on('close', () => resolve(got));
        socket.write(text);
      });
    const [headers, body, queued] = await Promise.all([
      drip('GET /healthz HTTP/1.1\r\nHost: x\r\nX-'),
      drip('POST /system/scale-function/echo-fn HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n\r\n{'),
      drip('POST /async-function/echo-fn HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: 9\r\n\r\n{'),
    ]);
    expect(status(headers)).toBe(408);
    expect(status(queued)).toBe(408);
    // Without the password the body is not even waited for.
    expect(status(body)).toBe(401);
    await hasty.end();
  });
});

it('a method that nobody knows is 405, what is no HTTP is 400', async () => {
  expect(await raw('FOO /function/echo-fn HTTP/1.1\r\nHost: x\r\n\r\n')).toMatch(/^HTTP\/1\.1 405 /);
  expect(await raw('FOO /function\r\n\r\n')).toMatch(/^HTTP\/1\.1 400 /);
});

it('rubbish behind a request never becomes a part of its answer', async () => {
  const first = 'GET /function/echo-fn HTTP/1.1\r\nHost: x\r\n\r\n';
  const got = await raw(`${first}${first}RUBBISH\r\n\r\n`);
  // Two answers wait: a sentence of ours would be taken for the first of them, or for a part of it.
  expect(got.replaceAll('HTTP/1.1 200', '')).not.toContain('HTTP/1.1 400');
});
