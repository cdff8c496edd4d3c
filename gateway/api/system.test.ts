import { readFileSync, statSync } from 'node:fs';
import { request } from 'node:http';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { call, type TestGateway, testGateway, until } from '../fixtures/gateway.ts';

let gateway: TestGateway;
let authorization: string;

beforeAll(async () => {
  gateway = await testGateway();
  const password = readFileSync(path.join(gateway.folder, '.obscura/basic-auth-password'), 'utf8').trim();
  authorization = `Basic ${Buffer.from(`admin:${password}`).toString('base64')}`;
});

afterAll(() => gateway.end());

const system = (route: string, options: Parameters<typeof call>[1] = {}) =>
  call(`${gateway.url}/system${route}`, { ...options, headers: { authorization, ...options.headers } });
const json = async (route: string) => JSON.parse((await system(route)).text);

describe('access', () => {
  it('keeps the password for its owner alone', () => {
    expect(statSync(path.join(gateway.folder, '.obscura/basic-auth-password')).mode & 0o777).toBe(0o600);
  });

  it.each(['', 'Basic', 'Basic !!', `Basic ${Buffer.from('admin:wrong').toString('base64')}`, 'Bearer x'])(
    'refuses "%s"',
    async (wrong) => {
      const { status, headers, text } = await system('/functions', { headers: { authorization: wrong } });
      expect([status, text]).toEqual([401, 'invalid credentials\n']);
      expect(headers['www-authenticate']).toBe('Basic realm="Restricted"');
    },
  );

  it('asks for it before it says what exists', async () => {
    for (const route of ['/nothing', '/function/none', '/logs', '']) {
      expect((await call(`${gateway.url}/system${route}`)).status).toBe(401);
    }
  });
});

describe('functions', () => {
  it('are listed in the words of OpenFaaS, without what is empty', async () => {
    const list = await json('/functions');
    expect(list.map(({ name }: { name: string }) => name)).toEqual([
      'echo-fn',
      'broken-fn',
      'mute-fn',
      'stubborn-fn',
      'unbuilt-fn',
      'narrow-fn',
    ]);
    expect(list[0]).toEqual({
      name: 'echo-fn',
      image: 'example/echo-fn:latest',
      namespace: 'openfaas-fn',
      envVars: {
        exec_timeout: '2s',
        FROM_STACK: '1',
        PAGE_TITLE: 'from the stack file',
        gateway_url: 'http://gateway.openfaas:8080',
      },
      labels: { 'com.openfaas.scale.zero': 'true', 'com.openfaas.scale.max': '3' },
      annotations: { about: 'says what it is sent' },
      requests: { memory: '64Mi' },
      createdAt: expect.stringMatching(/^\d{4}-.*Z$/),
    });
  });

  it('show calls and replicas', async () => {
    await call(`${gateway.url}/function/echo-fn`);
    await call(`${gateway.url}/function/echo-fn`);
    expect(await json('/function/echo-fn')).toMatchObject({ invocationCount: 2, replicas: 1, availableReplicas: 1 });
    expect((await json('/function/echo-fn.openfaas-fn?namespace=openfaas-fn&usage=1')).name).toBe('echo-fn');
  });

  it('are scaled by hand', async () => {
    const scale = (body: unknown) => system('/scale-function/echo-fn', { method: 'POST', body: JSON.stringify(body) });
    expect(await scale({ serviceName: 'echo-fn', replicas: 2 })).toMatchObject({ status: 202, text: '' });
    await until(async () => (await json('/function/echo-fn')).availableReplicas === 2);
    expect((await scale({ replicas: 0 })).status).toBe(202);
    expect(await json('/function/echo-fn')).not.toHaveProperty('replicas');
    for (const wrong of [{}, { replicas: -1 }, { replicas: '1' }, { replicas: 0.5 }, [], 'x'])
      expect((await scale(wrong)).status).toBe(400);
    expect((await system('/scale-function/echo-fn', { method: 'POST', body: '{' })).status).toBe(400);
    expect((await system('/scale-function/echo-fn', { method: 'POST', body: Buffer.alloc(2_000_000) })).status).toBe(
      400,
    );
  });

  it('that do not exist are 404', async () => {
    for (const name of ['none', '', 'echo-fn/x', '%2a', 'echo-fn.other']) {
      expect((await system('', { path: `/system/function/${name}` })).status).toBe(404);
    }
    expect((await system('/scale-function/none', { method: 'POST', body: '{"replicas":1}' })).status).toBe(404);
  });
});

describe('the rest', () => {
  it('info and namespaces', async () => {
    expect(await json('/info')).toMatchObject({
      provider: { orchestration: 'processes' },
      version: { release: '0.0.0' },
    });
    expect(await json('/namespaces')).toEqual(['openfaas-fn']);
  });

  it('the namespace is described, and stays as it is', async () => {
    const own = { name: 'openfaas-fn', labels: { openfaas: '1' } };
    expect(await json('/namespace/openfaas-fn')).toEqual(own);
    for (const method of ['PUT', 'DELETE']) {
      const { status } = await system('/namespace/openfaas-fn', { method, body: JSON.stringify(own) });
      expect(status).toBe(501);
    }
  });

  it.each([
    ['[]', 'The body must be a JSON object.'],
    ['{"name": 1, "labels": {"openfaas": "1"}}', 'namespace not specified in request body'],
    ['{"name": "a", "labels": null}', 'request does not have openfaas=1 label'],
    ['{"name": "a", "labels": {"openfaas": "0"}}', 'request does not have openfaas=1 label'],
  ])('a namespace of %s is 400', async (body, text) => {
    expect(await system('/namespace/', { method: 'POST', body })).toMatchObject({ status: 400, text: `${text}\n` });
  });

  it('other namespaces do not exist', async () => {
    expect(await system('/functions?namespace=staging')).toMatchObject({
      status: 400,
      text: 'namespace must be: openfaas-fn\n',
    });
  });

  it.each([
    ['GET', '/alert', 405],
    ['GET', '/namespace/', 400],
    ['GET', '/telemetry', 404],
    ['GET', '/__proto__', 404],
    ['GET', '/constructor', 404],
    ['GET', '/functions/', 404],
    ['PATCH', '/functions', 405],
    ['GET', '/scale-function/echo-fn', 405],
  ])('%s /system%s is %i', async (method, route, status) => {
    expect((await system(route, { method })).status).toBe(status);
  });
});

describe('logs', () => {
  const lines = async (query: string) =>
    (await system(`/logs?name=echo-fn${query}`)).text
      .split('\n')
      .filter(Boolean)
      .map((line) => JSON.parse(line));
  const write = (text: string) => call(`${gateway.url}/function/echo-fn/write?text=${text}`);

  it('are given line by line: all, the last, since when', async () => {
    for (const text of ['one', 'two', 'three']) await write(text);
    await until(async () => (await lines('')).length >= 3);
    const all = await lines('&tail=-1');
    expect(all.map(({ text }) => text)).toEqual(['one', 'two', 'three']);
    expect(all[0]).toEqual({
      name: 'echo-fn',
      namespace: 'openfaas-fn',
      instance: expect.stringMatching(/^echo-fn-[0-9a-f]{6}$/),
      timestamp: expect.stringMatching(/Z$/),
      text: 'one',
    });
    expect((await lines('&tail=1')).map(({ text }) => text)).toEqual(['three']);
    expect(await lines('&since=2999-01-01T00:00:00Z')).toEqual([]);
    expect(await lines('&instance=other')).toEqual([]);
    expect((await system('/logs?name=echo-fn&since=yesterday')).status).toBe(400);
    expect((await system('/logs?name=echo-fn&tail=x')).status).toBe(400);
    expect((await system('/logs?name=none')).status).toBe(404);
  });

  it('go on while they are followed', async () => {
    const followed: string[] = [];
    const sent = request(
      `${gateway.url}/system/logs?name=echo-fn&follow=true&tail=1`,
      { headers: { authorization } },
      (response) => {
        response.on('data', (chunk) =>
          followed.push(
            ...String(chunk)
              .trim()
              .split('\n')
              .map((line) => JSON.parse(line).text),
          ),
        );
        response.on('error', () => {});
      },
    );
    sent.on('error', () => {});
    sent.end();
    await until(() => followed.length === 1);
    await write('four');
    await until(() => followed.length === 2);
    expect(followed).toEqual(['three', 'four']);
    sent.destroy();
  });
});

describe('metrics', () => {
  it('have the names of OpenFaaS, on a port of their own', async () => {
    await call(`${gateway.url}/function/echo-fn/bare?status=418`);
    const { text, headers } = await call(gateway.metricsUrl!);
    expect(headers['content-type']).toContain('version=0.0.4');
    expect(text).toMatch(/^gateway_function_invocation_total\{function_name="echo-fn.openfaas-fn",code="418"\} 1$/m);
    expect(text).toMatch(/^gateway_function_invocation_started\{function_name="echo-fn.openfaas-fn"\} \d+$/m);
    expect(text).toMatch(
      /^gateway_functions_seconds_bucket\{function_name="echo-fn.openfaas-fn",code="418",le="\+Inf"\} 1$/m,
    );
    expect(text).toMatch(/^gateway_functions_seconds_count\{function_name="echo-fn.openfaas-fn",code="418"\} 1$/m);
    expect(text).toMatch(/^gateway_service_count\{function_name="echo-fn.openfaas-fn"\} 1$/m);
    expect(text).toMatch(/^gateway_service_count\{function_name="mute-fn.openfaas-fn"\} 0$/m);
    expect((await call(gateway.metricsUrl!.replace('/metrics', '/'))).status).toBe(404);
    expect((await call(`${gateway.url}/metrics`)).status).toBe(404);
  });
});
