import { beforeAll, expect, test, vi } from 'vitest';
import { ENDPOINTS } from '../functions/frontend-fn/endpoints.ts';
import { picture } from './pictures.ts';
import { FUNCTIONS, type SharedSystem, sharedSystem } from './shared.ts';

// Whole systems, on machines that may be busy.
vi.setConfig({ testTimeout: 60_000, hookTimeout: 60_000 });

/* What every answer of the whole system says to browsers, seen from outside: docs/security.md. */

let system: SharedSystem;
let jpeg: Buffer;
beforeAll(async () => {
  system = await sharedSystem();
  jpeg = await picture(48, 32).jpeg().toBuffer();
});

/** A pipeline does three slow steps unless it is told otherwise. */
const quick = (where: string): string => (/pipeline|jobs/.test(where) ? '?steps=grayscale' : '');

/** Every way in: each route of the page, each function well used and badly, the gateway's own answers. */
const WAYS: [method: string, path: string][] = [
  ...[...new Set(ENDPOINTS.map((endpoint) => endpoint.path))]
    .filter((path) => !path.includes('{'))
    .flatMap((route): [string, string][] => [
      ['GET', `/function/frontend-fn${route}`],
      ['POST', `/function/frontend-fn${route}${quick(route)}`],
    ]),
  ['GET', '/function/frontend-fn/samples/cat.jpg'],
  ['GET', '/function/frontend-fn/assets/nothing.js'],
  ['GET', '/function/frontend-fn/assets/..%2f..%2f..%2fpackage.json'],
  ['GET', '/function/frontend-fn/assets/%2e%2e/meta.json'],
  ['GET', '/function/frontend-fn/samples/..%5c..%5cindex.js'],
  ['GET', '/function/frontend-fn/jobs/nothing'],
  ...FUNCTIONS.filter((name) => name !== 'frontend-fn').flatMap((name): [string, string][] => [
    ['POST', `/function/${name}${quick(name)}`],
    ['POST', `/function/${name}?nonsense=1`],
    ['GET', `/function/${name}`],
    ['GET', `/function/${name}/openapi.json`],
    ['GET', `/function/${name}/nowhere`],
    ['TRACE', `/function/${name}`],
  ]),
  ['GET', '/function/clip-fn/labelsets'],
  ['GET', '/function/clip-fn/model'],
  ['POST', '/async-function/rotate-fn?angle=90'],
  ...['/', '/healthz', '/nothing', '/ui/', '/system/functions', '/system/secrets', '/function/nothing-fn'].map(
    (path): [string, string] => ['GET', path],
  ),
];

test.each(WAYS)('%s %s', async (method, path) => {
  if (method === 'TRACE') return expect((await raw(method, path)).status).toBe(405);
  const response = await fetch(`${system.url}${path}`, {
    method,
    redirect: 'manual',
    ...(method === 'POST' && { body: new Uint8Array(jpeg) }),
  });
  const text = Buffer.from(await response.arrayBuffer()).toString('latin1');
  const { headers, status } = response;
  expect(status, text.slice(0, 300)).not.toBe(500);
  expect(headers.get('server') ?? headers.get('x-powered-by')).toBeNull();
  expect(headers.get('access-control-allow-origin')).toBeNull();
  if (text === '') return;
  expect(headers.get('x-content-type-options')).toBe('nosniff');
  const type = headers.get('content-type') ?? '';
  if (type.startsWith('text/html')) expectPolicy(headers.get('content-security-policy') ?? '');
  if (status >= 400) {
    expect(type).toMatch(/^(application\/problem\+json|application\/json|text\/plain|text\/html)/);
    expect(headers.get('cache-control') ?? 'no-store').toContain('no-store');
    expect(text).not.toMatch(/node_modules|\.ts:\d|\n\s+at /);
  }
});

/** Nothing from elsewhere, nothing inline, no frame around it. */
function expectPolicy(policy: string): void {
  expect(policy).toContain("default-src 'none'");
  expect(policy).toContain("frame-ancestors 'none'");
  expect(policy).not.toMatch(/unsafe|\*|https?:/);
}

async function raw(method: string, path: string): Promise<{ status: number }> {
  const { request } = await import('node:http');
  return new Promise((resolve, reject) => {
    const sent = request(`${system.url}${path}`, { method }, (response) => {
      response.resume();
      resolve({ status: response.statusCode ?? 0 });
    });
    sent.on('error', reject).end();
  });
}

test('the status page behind the password has a policy, too', async () => {
  const { authorization } = system;
  const response = await fetch(`${system.url}/ui/`, { headers: { authorization } });
  expect(response.status).toBe(200);
  expectPolicy(response.headers.get('content-security-policy') ?? '');
});

test('what the system API answers is not sniffed either', async () => {
  const { authorization } = system;
  for (const path of ['functions', 'info', 'secrets', 'namespaces', 'logs?name=rotate-fn']) {
    const response = await fetch(`${system.url}/system/${path}`, { headers: { authorization } });
    expect([path, response.headers.get('x-content-type-options')]).toEqual([path, 'nosniff']);
    await response.body?.cancel();
  }
});
