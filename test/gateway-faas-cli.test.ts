import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { request } from 'node:http';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Collector, collector, type TestGateway, testGateway, until } from '../gateway/fixtures/gateway.ts';

/*
 * faas-cli's requests, one by one: the methods, paths, headers and JSON that version 0.18 sends, read from its client
 * (MIT). They are written out because the tool's Go module cannot be had where these tests run; what it would print is
 * decided by the statuses that its client takes for success.
 */
let gateway: TestGateway;
let callbacks: Collector;
let password: string;

beforeAll(async () => {
  gateway = await testGateway();
  callbacks = await collector();
  password = readFileSync(path.join(gateway.folder, '.obscura/basic-auth-password'), 'utf8').trim();
});

afterAll(async () => {
  await gateway.end();
  await callbacks.close();
});

interface Reply {
  status: number;
  headers: Record<string, string | string[] | undefined>;
  bytes: Buffer;
}

/** One request as Go's client sends it: its own order of headers, a length for every body, gzip on offer. */
function go(
  method: string,
  target: string,
  body?: Buffer | object,
  headers: Record<string, string> = {},
): Promise<Reply> {
  const bytes = body === undefined || Buffer.isBuffer(body) ? body : Buffer.from(JSON.stringify(body));
  const json = body !== undefined && !Buffer.isBuffer(body);
  return new Promise((resolve, reject) => {
    const sent = request(
      `${gateway.url}${target}`,
      {
        method,
        agent: false,
        headers: {
          'User-Agent': 'faas-cli/0.18.12',
          ...(bytes ? { 'Content-Length': bytes.length } : {}),
          Authorization: `Basic ${Buffer.from(`admin:${password}`).toString('base64')}`,
          ...(json ? { 'Content-Type': 'application/json' } : {}),
          'Accept-Encoding': 'gzip',
          ...headers,
        },
      },
      async (response) => {
        const bytes = Buffer.concat(await response.toArray());
        resolve({ status: response.statusCode ?? 0, headers: response.headers, bytes });
      },
    );
    sent.on('error', reject);
    sent.end(bytes);
  });
}

const OK = [200, 201, 202];
const text = ({ bytes }: Reply) => bytes.toString();
const parsed = (reply: Reply) => JSON.parse(text(reply));

describe('looking', () => {
  test('login verifies the password with the list', async () => {
    expect((await go('GET', '/system/functions')).status).toBe(200);
    expect((await go('GET', '/system/functions', undefined, { Authorization: 'Basic YWRtaW46eA==' })).status).toBe(401);
  });

  test('version', async () => {
    const { provider, version } = parsed(await go('GET', '/system/info'));
    expect([provider.provider, provider.version.release, version.release]).toEqual([
      'obscura-gateway',
      '0.0.0',
      '0.0.0',
    ]);
  });

  test('list -v, and list of a namespace', async () => {
    for (const target of ['/system/functions', '/system/functions?namespace=openfaas-fn']) {
      const list: { name: string; image: string }[] = parsed(await go('GET', target));
      expect(list.find(({ name }) => name === 'echo-fn')?.image).toBe('example/echo-fn:latest');
    }
  });

  test('describe: the function, and the list for its calls', async () => {
    const { name, labels, annotations } = parsed(await go('GET', '/system/function/echo-fn?namespace=&usage=1'));
    expect([name, labels['com.openfaas.scale.max'], annotations.about]).toEqual([
      'echo-fn',
      '3',
      'says what it is sent',
    ]);
    await go('POST', '/function/echo-fn', Buffer.from('x'));
    const list: { name: string; invocationCount?: number }[] = parsed(await go('GET', '/system/functions?namespace='));
    expect(list.find((one) => one.name === name)?.invocationCount).toBe(1);
    expect((await go('GET', '/system/function/none')).status).toBe(404);
  });

  test('namespaces', async () => {
    expect(parsed(await go('GET', '/system/namespaces'))).toEqual(['openfaas-fn']);
  });

  test('ready, of the gateway and of a function that runs', async () => {
    expect((await go('GET', '/healthz')).status).toBe(200);
    await go('POST', '/function/echo-fn.openfaas-fn', Buffer.from(''), { 'Content-Type': 'text/plain' });
    expect(parsed(await go('GET', '/system/function/echo-fn?namespace=openfaas-fn')).availableReplicas).toBe(1);
  });
});

describe('invoke', () => {
  const PLAIN = { 'Content-Type': 'text/plain' };

  test('sends any bytes as text/plain, and gives any bytes back', async () => {
    const picture = randomBytes(100_000);
    const reply = await go('POST', '/function/echo-fn.openfaas-fn/echo', picture, PLAIN);
    expect(reply.status).toBe(200);
    expect(reply.bytes.equals(picture)).toBe(true);
  });

  test.each(['GET', 'PUT', 'PATCH', 'DELETE', 'HEAD'])('--method %s', async (method) => {
    const reply = await go(method, '/function/echo-fn.openfaas-fn', Buffer.from('x'), PLAIN);
    expect(reply.status).toBe(200);
    if (method !== 'HEAD') expect(parsed(reply)).toMatchObject({ method, size: 1 });
  });

  test('a failure comes with its status and its words', async () => {
    const reply = await go('POST', '/function/echo-fn.openfaas-fn/bare?status=418', Buffer.from('x'), PLAIN);
    expect(reply.status).toBe(418);
  });

  test('--query, -H, --method, --content-type', async () => {
    const headers = { 'Content-Type': 'image/png', 'X-Own': 'kept' };
    const seen = parsed(await go('PUT', '/function/echo-fn.openfaas-fn?angle=90&fit=a+b', Buffer.from('x'), headers));
    expect(seen).toMatchObject({
      method: 'PUT',
      url: '/?angle=90&fit=a+b',
      headers: { 'content-type': 'image/png', 'x-own': 'kept', 'user-agent': 'faas-cli/0.18.12' },
    });
  });

  test('--async, with a callback', async () => {
    const headers = { ...PLAIN, 'X-Callback-Url': callbacks.url };
    const reply = await go('POST', '/async-function/echo-fn.openfaas-fn/echo?q=1', Buffer.from('later'), headers);
    expect([reply.status, text(reply)]).toEqual([202, '']);
    expect(reply.headers['x-call-id']).toBeTruthy();
    await until(() => callbacks.got.length === 1);
    expect(String(callbacks.got[0]?.body)).toBe('later');
  });
});

describe('logs', () => {
  const parsedLines = (lines: string) =>
    lines
      .split('\n')
      .filter(Boolean)
      .map((line) => JSON.parse(line).text);

  test('the last lines, since a time in the zone of the caller, then those to come', async () => {
    for (const line of ['one', 'two']) await go('GET', `/function/echo-fn/write?text=${line}`);
    const ask = (query: string) => go('GET', `/system/logs?${query}`);
    const texts = (reply: Reply) => parsedLines(text(reply));
    await until(async () => texts(await ask('follow=false&name=echo-fn')).length === 2);
    expect(texts(await ask('follow=false&name=echo-fn&tail=1'))).toEqual(['two']);
    const anHourAgo = new Date(Date.now() - 3_600_000 + 2 * 3_600_000).toISOString().replace(/\.\d+Z/, '+02:00');
    const since = encodeURIComponent(anHourAgo);
    expect(texts(await ask(`follow=false&name=echo-fn&namespace=openfaas-fn&since=${since}`))).toEqual(['one', 'two']);
  });

  test('without flags it follows: what was said since, then each line as it comes, until it hangs up', async () => {
    const since = encodeURIComponent(new Date(Date.now() - 60_000).toISOString());
    const got: string[] = [];
    const headers = { Authorization: `Basic ${Buffer.from(`admin:${password}`).toString('base64')}` };
    const sent = request(
      `${gateway.url}/system/logs?follow=true&name=echo-fn&since=${since}`,
      { agent: false, headers },
      (response) => {
        expect(response.headers['content-type']).toBe('application/x-ndjson');
        // One chunk may hold several lines, none a part of one.
        response.on('data', (chunk) => got.push(...parsedLines(String(chunk))));
        response.on('error', () => {});
      },
    );
    sent.on('error', () => {});
    sent.end();
    await until(() => got.length === 2);
    await go('GET', '/function/echo-fn/write?text=three');
    await until(() => got.length === 3);
    expect(got).toEqual(['one', 'two', 'three']);
    sent.destroy();
  });
});

describe('secret', () => {
  test('create, list, update, remove', async () => {
    const rawValue = Buffer.from('a value\n').toString('base64');
    const secret = { name: 'cli-key', namespace: '', value: 'a value\n', rawValue };
    expect(OK).toContain((await go('POST', '/system/secrets', secret)).status);
    expect((await go('POST', '/system/secrets', secret)).status).toBe(409);
    expect((await go('GET', '/function/echo-fn/secret?name=cli-key')).bytes.toString()).toBe('a value\n');
    expect(parsed(await go('GET', '/system/secrets?namespace=')).map(({ name }: { name: string }) => name)).toEqual([
      'cli-key',
    ]);
    expect([200, 202]).toContain((await go('PUT', '/system/secrets', { name: 'cli-key', value: 'new' })).status);
    expect([200, 202]).toContain((await go('DELETE', '/system/secrets', { name: 'cli-key', namespace: '' })).status);
  });
});

describe('deploy and remove', () => {
  const deployment = {
    service: 'echo-fn',
    image: 'example/echo-fn:latest',
    envProcess: 'node index.js',
    envVars: { PAGE_TITLE: 'from faas-cli' },
    constraints: null,
    secrets: [],
    labels: { 'com.openfaas.scale.max': '2' },
    annotations: { topic: 'cats' },
    limits: { memory: '512Mi' },
    requests: { memory: '64Mi', cpu: '50m' },
    readOnlyRootFilesystem: false,
  };

  test('deploy updates what is there', async () => {
    expect(OK).toContain((await go('PUT', '/system/functions', deployment)).status);
    const { PAGE_TITLE } = parsed(await go('GET', '/function/echo-fn/environment'));
    expect(PAGE_TITLE).toBe('from faas-cli');
    const { labels, annotations } = parsed(await go('GET', '/system/function/echo-fn'));
    expect([labels, annotations]).toEqual([deployment.labels, deployment.annotations]);
  });

  test('deploy creates what is not: PUT first, POST on 404', async () => {
    const fresh = { ...deployment, service: 'fresh-fn' };
    expect((await go('PUT', '/system/functions', fresh)).status).toBe(404);
    expect(OK).toContain((await go('POST', '/system/functions', fresh)).status);
  });

  test('ready waits until what was deployed takes calls, and nobody has to call it', async () => {
    await until(async () => parsed(await go('GET', '/system/function/fresh-fn')).availableReplicas > 0);
  });

  test('deploy --replace: DELETE, then POST', async () => {
    expect(OK).toContain((await go('DELETE', '/system/functions', { functionName: 'fresh-fn', namespace: '' })).status);
    expect(OK).toContain((await go('POST', '/system/functions', { ...deployment, service: 'fresh-fn' })).status);
  });

  test('deploy of an image from elsewhere says why not', async () => {
    const figlet = { ...deployment, service: 'figlet', image: 'ghcr.io/openfaas/figlet:latest' };
    const reply = await go('POST', '/system/functions', figlet);
    expect(reply.status).toBe(501);
    expect(text(reply)).toMatch(
      /^This gateway cannot run the image ghcr\.io\/openfaas\/figlet:latest: it runs functions .+\.\n$/,
    );
  });

  test('remove', async () => {
    expect(OK).toContain((await go('DELETE', '/system/functions', { functionName: 'fresh-fn' })).status);
    expect((await go('DELETE', '/system/functions', { functionName: 'fresh-fn' })).status).toBe(404);
  });
});
