import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import combined from '#contract/openapi';
import { openBrowser, openWatched, violations } from './browser.ts';
import { FUNCTIONS, type SharedSystem, sharedBrowser, sharedSystem } from './shared.ts';

// A whole system and a browser, on machines that may be busy.
vi.setConfig({ testTimeout: 300_000, hookTimeout: 300_000 });

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
    const { page: shown, complaints, close } = await openWatched(browser, `${system.url}${page}#/rotate-fn/rotate`);
    shown.setDefaultTimeout(90_000);
    for (const name of FUNCTIONS) await shown.locator(`#operations-tag-${name}`).waitFor();
    const rotate = shown.locator('#operations-rotate-fn-rotate');
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

describe('the page of the API', () => {
  const open = async (colorScheme: 'light' | 'dark', hash = '') => {
    const { page, complaints, close } = await openWatched(browser, `${system.url}/docs${hash}`, { colorScheme });
    page.setDefaultTimeout(90_000);
    await page.locator('.opblock-tag').first().waitFor();
    return { page, complaints, close };
  };

  test.each([
    ['clip-fn', 'classify', /"model": "/],
    ['pipeline-fn', 'runPipeline', /"name": "classify"/],
    ['transform-fn', 'transform', undefined],
  ])('tries %s %s with one photo, as it stands there', async (name, operation, said) => {
    const { page, complaints, close } = await open('light', `#/${name}/${operation}`);
    const block = page.locator(`#operations-${name}-${operation}`);
    await block.locator('input[type=file]').first().setInputFiles(PHOTO);
    await block.locator('.execute').click();
    const answer = block.locator('.live-responses-table .response').first();
    await expect.poll(() => answer.locator('.response-col_status').textContent(), { timeout: 90_000 }).toMatch(/^200/);
    if (said) expect(await answer.locator('.microlight').first().textContent()).toMatch(said);
    else await answer.locator('img').waitFor();
    expect(complaints).toEqual([]);
    await close();
  });

  test.each(['light', 'dark'] as const)('axe-core finds nothing wrong, %s', async (colorScheme) => {
    const { page, close } = await open(colorScheme, '#/rotate-fn/rotate');
    expect(await violations(page)).toEqual([]);
    await page.locator('#operations-tag-clip-fn').click();
    await page.locator('#operations-clip-fn-classify .opblock-summary-control').click();
    await page.locator('#operations-clip-fn-classify .execute').waitFor();
    const background = await page.evaluate<string>('getComputedStyle(document.body).backgroundColor');
    expect(background).toBe(colorScheme === 'dark' ? 'rgb(28, 32, 34)' : 'rgb(255, 255, 255)');
    expect(await violations(page)).toEqual([]);
    await page.emulateMedia({ colorScheme: colorScheme === 'dark' ? 'light' : 'dark' });
    const other = colorScheme === 'dark' ? 'rgb(255, 255, 255)' : 'rgb(28, 32, 34)';
    await expect.poll(() => page.evaluate('getComputedStyle(document.body).backgroundColor')).toBe(other);
    await close();
  });
});

describe('a function, opened in a browser', () => {
  // The page of the API itself is tried above.
  const explained = FUNCTIONS.filter((name) => name !== 'frontend-fn');

  test.each(explained)('%s explains itself, and names its part of the API page', async (name) => {
    const { page, complaints, close } = await openWatched(browser, `${system.url}/function/${name}`);
    expect(await page.locator('h1').textContent()).toBe(name);
    expect(await violations(page)).toEqual([]);
    const link = page.getByRole('link', { name: 'Try it in the API page' });
    expect(await link.getAttribute('href')).toBe(`/docs#/${name}`);
    expect(complaints).toEqual([]);
    await close();
  });

  test('says how to call it in words that work as they are', async () => {
    for (const name of ['rotate-fn', 'clip-fn', 'transform-fn']) {
      const response = await fetch(`${system.url}/function/${name}`, { headers: { accept: 'text/html' } });
      const [, printed = ''] = /<pre><code>(curl .*?)<\/code>/s.exec(await response.text()) ?? [];
      const command = printed.replaceAll('&#39;', "'").replaceAll('&amp;', '&').replace('@photo.jpg', `@${PHOTO}`);
      expect(command).toContain(PHOTO);
      const out = await promisify(execFile)('bash', ['-c', `${command.replace(' -o out.jpg', '')} -sf | wc -c`]);
      expect(Number(out.stdout), command).toBeGreaterThan(100);
    }
  });

  test('says to programs what it said before', async () => {
    for (const accept of ['*/*', 'application/json', 'image/*']) {
      const { status, headers } = await fetch(`${system.url}/function/rotate-fn`, { headers: { accept } });
      expect([status, headers.get('content-type')]).toEqual([400, 'application/problem+json']);
    }
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
