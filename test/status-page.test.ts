import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { openBrowser, openWatched, violations, type WatchedPage } from './browser.ts';
import { picture } from './pictures.ts';
import { sharedBrowser } from './shared.ts';
import { type System, startSystem } from './system.ts';

// A whole system and a browser, on machines that may be busy.
vi.setConfig({ testTimeout: 300_000, hookTimeout: 300_000 });

/* /ui/, as its operator sees it. Its own system: calls are counted, and the gateway is stopped. */

let system: System;
let browser: Browser;
let opened: WatchedPage;
const password = () =>
  Buffer.from(system.authorization.slice('Basic '.length), 'base64').toString().split(':', 2)[1] ?? '';
const open = (options = {}) =>
  openWatched(browser, `${system.url}/ui/`, {
    httpCredentials: { username: 'admin', password: password() },
    ...options,
  });
const cell = (key: string) => opened.page.locator(`[data-key="${key}"]`);
const rotate = async (query: string) => {
  const body = new Uint8Array(await picture(48, 32).jpeg().toBuffer());
  return (await fetch(`${system.url}/function/rotate-fn?${query}`, { method: 'POST', body })).status;
};

beforeAll(async () => {
  system = await startSystem();
  browser = await openBrowser(await sharedBrowser());
  opened = await open();
});
afterAll(async () => {
  await browser?.close();
  await system?.stop();
});

describe('the status page', () => {
  test('follows what happens without being loaded again', async () => {
    const { page } = opened;
    expect(await cell('rotate-fn/State').textContent()).toBe('not running');
    expect(await cell('now-model').textContent()).not.toBe('');
    await page.getByRole('link', { name: 'rotate-fn' }).focus();
    expect([await rotate('angle=90'), await rotate('angle=90'), await rotate('angle=x')]).toEqual([200, 200, 400]);
    await cell('rotate-fn/Calls').filter({ hasText: /^3$/ }).waitFor();
    await cell('rotate-fn/State')
      .filter({ hasText: /^ready, started in/ })
      .waitFor();
    expect(await cell('rotate-fn/Refused').textContent()).toBe('1 (33.3 %)');
    expect(await cell('rotate-fn/p99').textContent()).toMatch(/^[\d.]+ m?s$/);
    if (process.platform === 'linux') expect(await cell('rotate-fn/Memory').textContent()).toMatch(/MiB$/);
    // What was in focus still is.
    expect(await page.evaluate('document.activeElement.textContent')).toBe('rotate-fn');
  });

  test.each(['light', 'dark'] as const)('axe-core finds nothing wrong, %s', async (colorScheme) => {
    const { page, close } = await open({ colorScheme });
    expect(await violations(page)).toEqual([]);
    await close();
  });

  test('is readable on a narrow phone, where axe-core finds nothing either', async () => {
    const { page, close } = await open({ viewport: { width: 360, height: 740 } });
    expect(await page.evaluate('document.documentElement.scrollWidth')).toBeLessThanOrEqual(360);
    const texts = await page.locator('[data-key="rotate-fn/p95"]').evaluate((value) => {
      const { parentElement, textContent } = value as unknown as {
        parentElement: { dataset: Record<string, string> };
        textContent: string;
      };
      return [parentElement.dataset.title, textContent];
    });
    expect(texts).toEqual(['p95', expect.any(String)]);
    expect(await violations(page)).toEqual([]);
    await close();
  });

  test('every link leads somewhere', async () => {
    const addresses = await opened.page
      .locator('a')
      .evaluateAll((links) => links.map((one) => (one as unknown as { href: string }).href));
    expect(addresses.length).toBeGreaterThan(10);
    for (const address of addresses) {
      const { status, headers } = await fetch(address, { headers: { accept: 'text/html' } });
      expect([address, status, headers.get('content-type')]).toEqual([address, 200, expect.stringMatching(/^text\//)]);
    }
  });

  test('can be paused, and says when nobody answers', async () => {
    const { page, complaints } = opened;
    const pause = page.getByRole('button', { name: 'Pause updates' });
    await pause.click();
    expect(await pause.getAttribute('aria-pressed')).toBe('true');
    await rotate('angle=90');
    const before = Number(await cell('rotate-fn/Calls').textContent());
    await pause.click();
    expect(await pause.getAttribute('aria-pressed')).toBe('false');
    await cell('rotate-fn/Calls')
      .filter({ hasNotText: new RegExp(`^${before}$`) })
      .waitFor();
    expect(complaints).toEqual([]);
    await system.stop();
    await page.getByRole('status').filter({ hasText: 'does not answer' }).waitFor();
  });
});
