import { afterAll, beforeAll, expect, it } from 'vitest';
import { authorizationOf, call, type TestGateway, testGateway } from '../fixtures/gateway.ts';
import { hostRefusal, originRefusal, originRules } from './cross-origin.ts';

let gateway: TestGateway;

beforeAll(async () => {
  gateway = await testGateway({ callbackNetworks: '' });
});

afterAll(() => gateway.end());

const DEPLOYMENT = { service: 'late-fn', image: 'example/echo-fn:1' };
const FOREIGN = [
  { 'sec-fetch-site': 'cross-site' },
  { 'sec-fetch-site': 'same-site', origin: 'http://localhost:3000' },
  { origin: 'http://evil.example' },
  { origin: 'null' },
  { origin: 'http://127.0.0.1:1' },
];
const CHANGES = [
  ...['POST', 'PUT', 'DELETE'].flatMap((method) => [`${method} /system/functions`, `${method} /system/secrets`]),
  ...['POST /system/scale-function/echo-fn', 'POST /function/echo-fn', 'PUT /function/echo-fn'],
  ...['DELETE /function/echo-fn', 'PATCH /function/echo-fn', 'OPTIONS /function/echo-fn'],
  ...['POST /async-function/echo-fn', 'POST /ui/', 'POST /'],
];

it.each(CHANGES)('%s is refused to pages of another origin', async (change) => {
  const [method = '', path = ''] = change.split(' ');
  for (const headers of FOREIGN) {
    const authorization = authorizationOf(gateway.folder);
    const answer = await call(gateway.url + path, {
      method,
      headers: { ...headers, authorization, 'content-type': 'application/json' },
      body: JSON.stringify(DEPLOYMENT),
    });
    expect([answer.status, headers]).toEqual([403, headers]);
  }
});

it.each([{}, { 'sec-fetch-site': 'same-origin' }, { 'sec-fetch-site': 'none' }])(
  'its own page, a command and an address bar go on working (%j)',
  async (headers) => {
    expect((await call(`${gateway.url}/function/echo-fn`, { method: 'POST', headers, body: 'x' })).status).toBe(200);
    const own = { ...headers, origin: gateway.url };
    expect((await call(`${gateway.url}/function/echo-fn`, { method: 'POST', headers: own, body: 'x' })).status).toBe(
      200,
    );
  },
);

it.each(['evil.example', 'evil.example:8080', '127.0.0.1.evil.example', '10.0.0.1', '[::2]', 'localhost.evil'])(
  'Host: %s is refused on loopback, by the metrics too',
  async (host) => {
    for (const path of ['/healthz', '/ui/', '/', '/system/functions', '/function/echo-fn']) {
      expect((await call(gateway.url + path, { headers: { host } })).status).toBe(403);
    }
    expect((await call(String(gateway.metricsUrl), { headers: { host } })).status).toBe(403);
  },
);

it.each(['localhost', 'localhost:1', '127.0.0.1', '127.9.9.9:80', '[::1]:8080', 'obscura.localhost', 'LOCALHOST.'])(
  'Host: %s is a name of loopback',
  async (host) => {
    expect((await call(`${gateway.url}/healthz`, { headers: { host } })).status).toBe(200);
    expect((await call(String(gateway.metricsUrl), { headers: { host } })).status).toBe(200);
  },
);

it('names and origins may be added', () => {
  const rules = originRules('127.0.0.1', 'photos.example', 'https://app.example');
  expect(hostRefusal({ host: 'Photos.example:8080' }, rules)).toBeUndefined();
  expect(hostRefusal({ host: 'other.example' }, rules)).toBeDefined();
  const origin = { origin: 'https://app.example', 'sec-fetch-site': 'cross-site' };
  expect(originRefusal('POST', origin, rules)).toBeUndefined();
  expect(originRefusal('POST', { origin: 'https://other.example' }, rules)).toBeDefined();
  // On an open address everybody's name is taken, unless there is a list.
  expect(hostRefusal({ host: 'other.example' }, originRules('0.0.0.0', '', ''))).toBeUndefined();
  expect(hostRefusal({ host: 'other.example' }, originRules('0.0.0.0', 'photos.example', ''))).toBeDefined();
});

it.each(['text/plain', 'application/x-www-form-urlencoded', 'multipart/form-data; boundary=x', 'application/jsonp'])(
  'the system API does not take %s',
  async (type) => {
    const headers = { authorization: authorizationOf(gateway.folder), 'content-type': type };
    const sent = { method: 'POST', headers, body: JSON.stringify(DEPLOYMENT) };
    expect((await call(`${gateway.url}/system/functions`, sent)).status).toBe(415);
  },
);

const VARIABLES = ['NODE_OPTIONS', 'NODE_PATH', 'NODE_EXTRA_CA_CERTS', 'LD_PRELOAD', 'LD_LIBRARY_PATH', 'PATH'];
it.each([...VARIABLES, 'DYLD_INSERT_LIBRARIES', 'GCONV_PATH', 'OPENSSL_CONF', 'https_proxy', 'BASH_ENV'])(
  'a deployment may not set %s',
  async (name) => {
    const headers = { authorization: authorizationOf(gateway.folder) };
    const body = JSON.stringify({ ...DEPLOYMENT, envVars: { [name]: 'x' } });
    const answer = await call(`${gateway.url}/system/functions`, { method: 'POST', headers, body });
    expect(answer).toMatchObject({ status: 400, text: expect.stringContaining(name) });
  },
);

it.each(['http://127.0.0.1:9/', 'http://localhost:9/', 'http://[::1]:9/', 'http://2130706433/', 'http://10.0.0.1/'])(
  'a callback to %s is refused',
  async (address) => {
    const headers = { 'x-callback-url': address };
    expect((await call(`${gateway.url}/async-function/echo-fn`, { method: 'POST', headers })).status).toBe(403);
  },
);
