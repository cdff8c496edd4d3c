import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { picture } from './pictures.ts';
import { type System, startSystem } from './system.ts';

// Whole systems, on machines that may be busy.
vi.setConfig({ testTimeout: 60_000, hookTimeout: 60_000 });

/*
 * A server-side request forgery, tried from outside through every door that takes an address. The canary stands where
 * an attacker wants to get: nothing may ever reach it. The guard's own tests:
 * src/intake/url-source.test.ts, addresses.test.ts.
 */

let system: System;
let canary: Server;
let open: Server;
let png: Buffer;
const reached: string[] = [];

const portOf = (server: Server): number => (server.address() as AddressInfo).port;

async function listen(host: string, answer: Parameters<typeof createServer>[1]): Promise<Server> {
  const server = createServer(answer as never).listen(0, host);
  await new Promise((resolve) => server.once('listening', resolve));
  return server;
}

beforeAll(async () => {
  png = await picture(12, 8).png().toBuffer();
  canary = await listen('0.0.0.0', (request, response) => {
    reached.push(`${request.method} ${request.url}`);
    response.end(png);
  });
  // The one address that may be fetched from: it has a picture, and ways to send callers astray.
  open = await listen('127.0.0.2', (request, response) => {
    const [, where = ''] = /^\/to\?(.*)/.exec(request.url ?? '') ?? [];
    if (where !== '') response.writeHead(302, { location: decodeURIComponent(where) });
    response.end(where === '' ? png : '');
  });
  const proxy = `http://127.0.0.1:${portOf(canary)}`;
  system = await startSystem({
    INTAKE_URL_NETWORKS: '127.0.0.2/32',
    HTTP_PROXY: proxy,
    http_proxy: proxy,
    HTTPS_PROXY: proxy,
    ALL_PROXY: proxy,
  });
});
afterAll(async () => {
  await system?.stop();
  canary?.close();
  open?.close();
});

/** The canary, written in all the ways that have led past guards; and what else is not for strangers. */
function traps(): string[] {
  const port = portOf(canary);
  return [
    ...['127.0.0.1', 'localhost', '127.1', '2130706433', '0x7f.1', '0177.0.0.1', '0', '0.0.0.0', '127.0.0.1.'],
    ...[
      '[::1]',
      '[::]',
      '[::ffff:127.0.0.1]',
      '[::ffff:7f00:1]',
      '[0:0:0:0:0:ffff:127.0.0.1]',
      '[64:ff9b::7f00:1]',
      '①②⑦.0.0.1',
    ],
  ].map((host) => `http://${host}:${port}/secret`);
}
const ELSEWHERE = [
  'http://169.254.169.254/latest/meta-data/',
  'http://10.0.0.1/',
  'http://192.168.0.1/',
  'http://100.64.0.1/',
  'http://[fd00::1]/',
  'http://[fe80::1]/',
  'file:///etc/passwd',
  'ftp://127.0.0.1/',
  'gopher://127.0.0.1:6379/_INFO',
  'http://user:password@127.0.0.1/',
];

/** Every door that takes an address. */
const DOORS: [name: string, ask: (url: string) => [path: string, init?: RequestInit]][] = [
  ['a query', (url) => [`rotate-fn?angle=90&url=${encodeURIComponent(url)}`]],
  ['JSON', (url) => ['grayscale-fn', { method: 'POST', body: JSON.stringify({ url }) }]],
  ['a text', (url) => ['transform-fn', { method: 'POST', body: url, headers: { 'content-type': 'text/plain' } }]],
  ['a form', (url) => ['resize-fn?width=5', { method: 'POST', body: formWith(url) }]],
  ['clip-fn', (url) => [`clip-fn?url=${encodeURIComponent(url)}`]],
  ['an example of a class', (url) => ['clip-fn', { method: 'POST', body: withExamples(url) }]],
  ['pipeline-fn', (url) => [`pipeline-fn?steps=grayscale&url=${encodeURIComponent(url)}`]],
  ['the page', (url) => [`frontend-fn/picture?url=${encodeURIComponent(url)}`]],
];

/** Two classes, each of the picture at this address. */
function withExamples(url: string): string {
  return JSON.stringify({ image: png.toString('base64'), examples: { a: [url], b: [url] } });
}

function formWith(url: string): FormData {
  const form = new FormData();
  form.append('url', url);
  return form;
}

async function ask(path: string, init?: RequestInit): Promise<{ status: number; code?: string }> {
  const response = await fetch(`${system.url}/function/${path}`, init);
  const text = await response.text();
  const problem = response.headers.get('content-type')?.startsWith('application/problem+json');
  return { status: response.status, ...(problem && { code: JSON.parse(text).code }) };
}

describe.each(DOORS)('through %s', (_, door) => {
  test('what is allowed comes in', async () => {
    expect((await ask(...door(`http://127.0.0.2:${portOf(open)}/a.png`))).status).toBe(200);
  });

  test('nothing else does, and nothing is even tried', async () => {
    for (const url of [...traps(), ...ELSEWHERE]) {
      const { status, code } = await ask(...door(url));
      expect([url, status, code]).toEqual([
        url,
        expect.toSatisfy((got) => got === 403 || got === 400 || got === 415),
        expect.any(String),
      ]);
    }
    expect(reached).toEqual([]);
  });

  test('a redirect does not lead there either', async () => {
    for (const trap of [...traps().slice(0, 5), 'http://169.254.169.254/', 'file:///etc/passwd']) {
      const { status } = await ask(...door(`http://127.0.0.2:${portOf(open)}/to?${encodeURIComponent(trap)}`));
      expect([trap, status]).toEqual([trap, expect.toSatisfy((got) => got === 403 || got === 400)]);
    }
    expect(reached).toEqual([]);
  });
});
