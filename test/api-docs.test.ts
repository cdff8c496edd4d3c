import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import combined from '#contract/openapi';
import { openBrowser, openWatched } from './browser.ts';
import { FUNCTIONS, type SharedSystem, sharedBrowser, sharedSystem } from './shared.ts';

// A whole system and a browser, on machines that may be busy.
vi.setConfig({ testTimeout: 120_000, hookTimeout: 120_000 });

/* /docs and /openapi.json, on the gateway and, for gateways without them, on frontend-fn. */

let system: SharedSystem;
let browser: Browser;
beforeAll(async () => {
  system = await sharedSystem();
  browser = await openBrowser(await sharedBrowser());
});
afterAll(() => browser?.close());

const PHOTO = new URL('../functions/frontend-fn/page/samples/rocket.jpg', import.meta.url).pathname;

const PLACES = [
  ['/openapi.json', '/docs'],
  ['/function/frontend-fn/docs/openapi.json', '/function/frontend-fn/docs'],
] as const;

async function serverOf(address: string, headers: Record<string, string> = {}): Promise<string | undefined> {
  const { servers } = (await (await fetch(address, { headers })).json()) as { servers: { url: string }[] };
  return servers[0]?.url;
}

describe.each(PLACES)('%s', (document, page) => {
  test('has all functions, and the address that it was asked at', async () => {
    const response = await fetch(`${system.url}${document}`);
    expect(response.headers.get('content-type')).toBe('application/json');
    expect(await response.json()).toEqual({ ...combined, servers: [{ url: system.url }] });
    const { port } = new URL(system.url);
    const headers = { 'x-forwarded-host': 'pictures.example.org', 'x-forwarded-proto': 'https' };
    expect(await serverOf(`${system.url}${document}`, headers)).toBe('https://pictures.example.org');
    expect(await serverOf(`http://localhost:${port}${document}`)).toBe(`http://localhost:${port}`);
  });

  test('is shown to people, who can try a function with a photo of theirs', async () => {
    const { page: shown, complaints, close } = await openWatched(browser, `${system.url}${page}`);
    for (const name of FUNCTIONS) await shown.locator(`#operations-tag-${name}`).waitFor();
    const rotate = shown.locator('#operations-rotate-fn-rotate');
    await rotate.locator('.opblock-summary-control').click();
    await rotate.locator('input[type=file]').setInputFiles(PHOTO);
    const answered = shown.waitForResponse((response) => response.request().method() === 'POST');
    await rotate.locator('.execute').click();
    const answer = await answered;
    expect([answer.status(), answer.headers()['content-type']]).toEqual([200, 'image/jpeg']);
    await rotate.locator('.live-responses-table img').waitFor();
    expect(complaints).toEqual([]);
    await close();
  });
});

test('files of the page keep for ever, and only they are there', async () => {
  const html = await (await fetch(`${system.url}/docs`)).text();
  const files = [...html.matchAll(/(?:src|href)="(\/docs\/main[^"]+)"/g)].map(([, file]) => String(file));
  expect(files).toHaveLength(2);
  for (const file of files) {
    const { status, headers } = await fetch(`${system.url}${file}`);
    expect([status, headers.get('cache-control')]).toEqual([200, expect.stringContaining('immutable')]);
  }
  for (const file of ['nothing.js', 'meta.json', '..%2f..%2findex.js', '%2e%2e/index.js', 'a/b.js'])
    expect((await fetch(`${system.url}/docs/${file}`)).status, file).toBe(404);
  expect((await fetch(`${system.url}/docs`, { method: 'POST' })).status).toBe(405);
});
