import { readdirSync, statSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { arrivals, authorizationOf, call, isAlive, type TestGateway, testGateway, until } from '../fixtures/gateway.ts';

let gateway: TestGateway;

beforeAll(async () => {
  gateway = await testGateway();
});

afterAll(() => gateway.end());

const system = (method: string, route: string, body?: unknown) =>
  call(`${gateway.url}/system${route}`, {
    method,
    headers: { authorization: authorizationOf(gateway.folder), 'content-type': 'application/json' },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
const describeFn = async (name: string) => JSON.parse((await system('GET', `/function/${name}`)).text);
const environment = async (name: string) =>
  JSON.parse((await call(`${gateway.url}/function/${name}/environment`)).text);
const IMAGE = 'registry.example:5000/example/echo-fn:1.2.3';

describe('secrets', () => {
  const names = async () => JSON.parse((await system('GET', '/secrets')).text);
  const folder = () => path.join(gateway.folder, '.obscura/secrets');

  it('are made, listed without their values, changed and removed', async () => {
    expect(await names()).toEqual([]);
    expect(await system('POST', '/secrets', { name: 'api-key', value: 'first' })).toMatchObject({
      status: 202,
      text: '',
    });
    expect(await names()).toEqual([{ name: 'api-key', namespace: 'openfaas-fn' }]);
    expect((await system('POST', '/secrets', { name: 'api-key', value: 'again' })).status).toBe(409);
    expect((await call(`${gateway.url}/function/echo-fn/secret?name=api-key`)).text).toBe('first');
    const rawValue = Buffer.from('second').toString('base64');
    expect((await system('PUT', '/secrets', { name: 'api-key', namespace: 'openfaas-fn', rawValue })).status).toBe(202);
    expect((await call(`${gateway.url}/function/echo-fn/secret?name=api-key`)).text).toBe('second');
    expect((await system('PUT', '/secrets', { name: 'none', value: 'x' })).status).toBe(404);
    expect((await system('DELETE', '/secrets', { name: 'api-key' })).status).toBe(202);
    expect((await system('DELETE', '/secrets', { name: 'api-key' })).status).toBe(404);
    expect(await names()).toEqual([]);
  });

  it('are for their owner alone', async () => {
    await system('POST', '/secrets', { name: 'mine', value: 'x' });
    expect(statSync(folder()).mode & 0o777).toBe(0o700);
    expect(statSync(path.join(folder(), 'mine')).mode & 0o777).toBe(0o600);
    expect(readdirSync(folder())).toEqual(['mine']);
  });

  it.each([
    [{ name: '../up', value: 'x' }],
    [{ name: '.hidden', value: 'x' }],
    [{ name: 'a/b', value: 'x' }],
    [{ name: 'A', value: 'x' }],
    [{ value: 'x' }],
    [{ name: 'empty', value: '' }],
    [{ name: 'none' }],
    [{ name: 'number', value: 1 }],
    [{ name: 'large', value: 'x'.repeat(1024 * 1024 + 1) }],
    [{ name: 'other', namespace: 'staging', value: 'x' }],
  ])('are refused: %.60j', async (secret) => {
    expect((await system('POST', '/secrets', secret)).status).toBe(400);
    expect(readdirSync(folder())).toEqual(['mine']);
  });
});

describe('deploy', () => {
  it('PUT replaces environment, labels and annotations wholesale, under way and without a lost call', async () => {
    const before = await environment('echo-fn');
    const { query, reach } = arrivals(gateway.folder);
    const slow = call(`${gateway.url}/function/echo-fn/slow?ms=400&${query}`);
    await reach(1);
    const pid = JSON.parse((await call(`${gateway.url}/function/echo-fn`)).text).pid;
    const deployment = {
      service: 'echo-fn',
      image: IMAGE,
      namespace: 'openfaas-fn',
      envVars: { PAGE_TITLE: 'deployed', exec_timeout: '3s' },
      labels: { 'com.openfaas.scale.min': '2' },
      annotations: { topic: 'cats' },
      secrets: ['mine'],
      limits: { memory: '1Gi' },
    };
    expect(await system('PUT', '/functions', deployment)).toMatchObject({ status: 202, text: '' });
    expect((await slow).status).toBe(200);
    const { FROM_STACK, PAGE_TITLE } = await environment('echo-fn');
    expect([before.FROM_STACK, before.PAGE_TITLE]).toEqual(['1', 'from the stack file']);
    expect([FROM_STACK, PAGE_TITLE]).toEqual([undefined, 'deployed']);
    await until(() => !isAlive(pid));
    await until(async () => (await describeFn('echo-fn')).availableReplicas === 2);
    expect(await describeFn('echo-fn')).toMatchObject({
      image: IMAGE,
      envVars: deployment.envVars,
      labels: deployment.labels,
      annotations: deployment.annotations,
      secrets: ['mine'],
      limits: { memory: '1Gi' },
    });
  });

  it('POST makes another function of an image that is here; DELETE takes it away', async () => {
    expect((await system('PUT', '/functions', { service: 'second', image: IMAGE })).status).toBe(404);
    expect((await system('POST', '/functions', { service: 'second', image: IMAGE })).status).toBe(202);
    expect((await environment('second')).OPENFAAS_NAME).toBe('second');
    expect((await system('POST', '/functions', { service: 'second', image: IMAGE })).status).toBe(409);
    const pid = JSON.parse((await call(`${gateway.url}/function/second`)).text).pid;
    expect(await system('DELETE', '/functions', { functionName: 'second' })).toMatchObject({ status: 202, text: '' });
    expect((await call(`${gateway.url}/function/second`)).status).toBe(404);
    await until(() => !isAlive(pid));
    expect((await system('DELETE', '/functions', { functionName: 'second' })).status).toBe(404);
  });

  it('a function that is removed answers the calls that it has', async () => {
    await system('POST', '/functions', { service: 'leaving', image: IMAGE });
    const { query, reach } = arrivals(gateway.folder);
    const slow = call(`${gateway.url}/function/leaving/slow?ms=300&${query}`);
    await reach(1);
    expect((await system('DELETE', '/functions', { functionName: 'leaving.openfaas-fn' })).status).toBe(202);
    expect((await slow).status).toBe(200);
  });

  it('an image that this machine cannot run is 501, with what it can', async () => {
    for (const method of ['POST', 'PUT']) {
      const service = method === 'PUT' ? 'echo-fn' : 'other';
      const { status, text } = await system(method, '/functions', { service, image: 'ghcr.io/openfaas/figlet:latest' });
      expect(status).toBe(501);
      expect(text).toContain('cannot run the image ghcr.io/openfaas/figlet:latest');
      expect(text).toContain('echo-fn, broken-fn');
    }
    expect((await system('POST', '/functions', { service: 'gate', image: 'x/gateway' })).status).toBe(501);
    expect((await system('POST', '/functions', { service: 'gate', image: '../../etc/passwd' })).status).toBe(501);
  });

  it.each([
    [{ image: IMAGE }, 'service must be'],
    [{ service: 'Upper', image: IMAGE }, 'service must be'],
    [{ service: 'a' }, 'image must'],
    [{ service: 'a', image: IMAGE, namespace: 'staging' }, 'namespace must be: openfaas-fn'],
    [{ service: 'a', image: IMAGE, envVars: ['x'] }, 'envVars must be'],
    [{ service: 'a', image: IMAGE, envVars: { 'A=B': 'x' } }, 'envVars has a name'],
    [{ service: 'a', image: IMAGE, envVars: { A: '\0' } }, 'envVars has a name'],
    [{ service: 'a', image: IMAGE, labels: { x: 1 } }, 'labels must be'],
    [{ service: 'a', image: IMAGE, secrets: 'x' }, 'secrets must be'],
    [{ service: 'a', image: IMAGE, secrets: ['none'] }, 'There is no secret none'],
    [{ service: 'a', image: IMAGE, labels: { 'com.openfaas.scale.max': 'x' } }, 'com.openfaas.scale.max is "x"'],
    [[], 'must be a JSON object'],
  ])('%.70j is 400: %s', async (body, text) => {
    const answer = await system('POST', '/functions', body);
    expect([answer.status, answer.text]).toEqual([400, expect.stringContaining(text)]);
    expect((await system('DELETE', '/functions', {})).status).toBe(400);
  });
});
