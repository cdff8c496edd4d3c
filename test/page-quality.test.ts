import type { Page } from 'playwright-core';
import { expect, test } from 'vitest';
import { violations } from './browser.ts';
import { describePage, done, photo, printSize, TIME, trySample } from './page-visit.ts';

/* What every part of the page keeps to: accessible in both colour schemes, narrow or wide, and nothing jumps. */

/** Everything that can be open at once. */
async function openAll(page: Page): Promise<void> {
  await page.setInputFiles('#image', [photo('cat'), photo('coffee')]);
  await done(page);
  await printSize(page);
  await page.getByRole('button', { name: 'Not right?' }).click();
  await page.locator('#set-search').fill('dog');
  for (const summary of await page.locator('summary').all()) await summary.click();
  await page.locator('#darkroom [data-add=rotate]').click();
  await page.locator('#darkroom [data-add=cutout]').click();
  await page.locator('[data-copy=python]').click();
}

const overflow = (page: Page) => page.evaluate<number>('document.documentElement.scrollWidth - innerWidth');

describePage('the quality of the page', ({ open }) => {
  test.each([
    ['light', { colorScheme: 'light' }],
    ['dark', { colorScheme: 'dark' }],
    ['forced colours', { forcedColors: 'active' }],
  ] as const)('axe-core finds nothing wrong, %s', async (_, colours) => {
    const page = await open('', colours);
    expect(await violations(page)).toEqual([]);
    await openAll(page);
    await page.route('**/pipeline', (route) => {
      const record = { name: 'denoise', function: 'denoise-fn', start: 0, tries: 1, bytes: 9, width: 1, height: 1 };
      const step = { picture: 0, ...record, ms: { queue: 1, call: 50, work: 20 } };
      const events = [
        ['begun', { steps: [record] }],
        ['step', step],
        ['done', {}],
      ];
      const body = events.map(([event, data]) => `event: ${event}\ndata: ${JSON.stringify(data)}\n\n`).join('');
      return route.fulfill({ contentType: 'text/event-stream', body });
    });
    await page.locator('#run').click();
    await page.getByText('Timeline SVG').waitFor(TIME);
    await page.setInputFiles('#image', { name: 'a.txt', mimeType: 'text/plain', buffer: Buffer.from('no picture') });
    await page.getByRole('alert').first().waitFor(TIME);
    await page.locator('.compare.apart').waitFor(TIME);
    await expect.poll(() => page.locator('[aria-busy]').count(), TIME).toBe(0);
    expect(await violations(page)).toEqual([]);
    await page.locator('#run-job').click();
    await page.locator('.jobs li').first().waitFor(TIME);
    await page.locator('#darkroom [data-add=watermark]').click();
    await page.locator('#darkroom [data-add=info]').click();
    await page.locator('#darkroom [data-step=watermark] [data-remove]').click();
    await page.locator('.told').waitFor(TIME);
    expect(await violations(page)).toEqual([]);
    await page.locator('#darkroom [data-step=info] [data-remove]').click();
    await page.locator('#darkroom [data-add=crop]').click();
    await page.locator('.crop-stage').waitFor(TIME);
    expect(await violations(page)).toEqual([]);
    for (const kind of ['My own labels', 'By example']) {
      await page.getByText(kind).click();
      await page.getByText(/^(Write at least one label|Give at least two classes)/).waitFor(TIME);
      expect(await violations(page)).toEqual([]);
    }
    await page.locator('.model').click();
    await page.locator('.card-body dl').waitFor(TIME);
    expect(await violations(page)).toEqual([]);
  });

  test('axe-core finds nothing wrong on the page that needs no script', async () => {
    const page = await open('/?sample=cat.jpg');
    await page.locator('.ranking').waitFor(TIME);
    expect(await violations(page)).toEqual([]);
  });

  test('nothing is wider than the narrowest phone', async () => {
    const page = await open('', { viewport: { width: 320, height: 640 } });
    expect(await overflow(page)).toBeLessThanOrEqual(0);
    await openAll(page);
    expect(await overflow(page)).toBeLessThanOrEqual(0);
    await page.getByText('My own labels').click();
    await page.locator('#labels').fill(`${'averylongword'.repeat(12)},`);
    await page.locator('.ranking .label', { hasText: 'averylongword' }).waitFor(TIME);
    expect(await overflow(page)).toBeLessThanOrEqual(0);
  });

  test.each([
    ['wide', { width: 1240, height: 1400 }],
    ['on a phone', { width: 390, height: 844 }],
  ])('nothing jumps while answers come, %s', async (_, viewport) => {
    const page = await open('', { viewport });
    for (const answer of ['**/classify', '**/transform']) {
      await page.route(answer, async (route) => {
        // Later than half a second after the click, within which browsers expect a page to change.
        await new Promise((resolve) => setTimeout(resolve, 900));
        await route.continue();
      });
    }
    await trySample(page, 'coffee');
    await done(page);
    await printSize(page);
    const moved = await page.evaluate<number>(`new Promise((resolve) => {
      new PerformanceObserver((list) => {
        const own = list.getEntries().filter(({ hadRecentInput }) => !hadRecentInput);
        resolve(own.reduce((sum, { value }) => sum + value, 0));
      }).observe({ type: 'layout-shift', buffered: true });
      setTimeout(() => resolve(0), 300);
    })`);
    expect(moved).toBeLessThan(0.02);
  });

  test('nothing moves for who asked for that', async () => {
    const page = await open('', { reducedMotion: 'reduce' });
    await page.route('**/classify', () => new Promise(() => {}));
    await trySample(page, 'cat');
    await page.locator('#results .ghosts').waitFor(TIME);
    expect(await page.evaluate('document.getAnimations().length')).toBe(0);
  });

  test('is no empty page while its script is on the way, or when it never comes', async () => {
    const page = await open('', { javaScriptEnabled: true });
    await page.route('**/assets/*.js', (route) => route.abort());
    await page.reload();
    expect(await page.getByRole('heading', { name: 'What is in your picture?' }).isVisible()).toBe(true);
    await trySample(page, 'cat');
    await page.locator('.ranking').waitFor(TIME);
    await page.unroute('**/assets/*.js');
  });
});
