import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import type { BrowserContextOptions, Locator, Page } from 'playwright-core';
import sharp from 'sharp';
import { describe, expect, test } from 'vitest';
import { describePage, done, photo, printSize, step, TIME, trySample } from './page-visit.ts';

/*
 * The documentation's screenshots, from today's page and model: `npm run screenshots`.
 * The photos in them are the page's samples; docs/pictures/CREDITS.md credits them.
 */

const isAsked = process.env.SCREENSHOTS !== undefined;
const folder = fileURLToPath(new URL('../docs/pictures', import.meta.url));
const DESK = { viewport: { width: 1240, height: 860 } };
const PHONE = { viewport: { width: 390, height: 844 }, hasTouch: true, isMobile: true, deviceScaleFactor: 2 };
const LARGEST_BYTES = 100 * 1_024;
const MARGIN = 24;

/** Small enough for a repository to carry. */
async function keep(name: string, shot: Buffer): Promise<void> {
  const small = await sharp(shot).webp({ quality: 82, effort: 6 }).toBuffer();
  expect(small.length, name).toBeLessThan(LARGEST_BYTES);
  writeFileSync(path.join(folder, `${name}.webp`), small);
}

const part = (page: Page, selector: string): Locator => page.locator(selector);

/** A part of the page with some of the ground around it. */
async function shotOf(page: Page, selector: string): Promise<Buffer> {
  const { x, y, width, height } = (await part(page, selector).boundingBox()) as Record<
    'x' | 'y' | 'width' | 'height',
    number
  >;
  const top = y + (await page.evaluate<number>('scrollY')) - MARGIN;
  const clip = { x: x - MARGIN, y: top, width: width + 2 * MARGIN, height: height + 2 * MARGIN };
  return page.screenshot({ fullPage: true, clip });
}

describe.skipIf(!isAsked)('screenshots', () => {
  describePage('the screenshots of the page', ({ open }) => {
    /** A page with one photo; the first one only starts the functions, so that everyday timings are shown. */
    async function ready(options: BrowserContextOptions, file: string): Promise<Page> {
      const page = await open('', options);
      for (const name of ['rocket', file]) {
        await page.setInputFiles('#image', photo(name));
        await page.locator('#picture .name', { hasText: name }).waitFor(TIME);
        await done(page);
        await printSize(page);
      }
      await page.locator('#contact-sheet .corner:not(.left)').first().click();
      return page;
    }

    test('the answer, in light and dark', async () => {
      for (const [name, colorScheme] of [
        ['page', 'light'],
        ['dark', 'dark'],
      ] as const) {
        const page = await open('', { ...DESK, colorScheme });
        // The first only starts the functions, so that everyday timings are shown.
        await page.setInputFiles('#image', photo('rocket'));
        await done(page);
        await trySample(page, 'cat');
        await page.locator('#picture .name', { hasText: 'cat' }).waitFor(TIME);
        await done(page);
        await page.getByRole('button', { name: 'Remove rocket.jpg' }).click();
        await page.mouse.move(0, 0);
        await page.evaluate('scrollTo(0, 0)');
        const { y = 0, height = 0 } = (await part(page, '.results').boundingBox()) ?? {};
        const clip = { x: 0, y: 0, width: DESK.viewport.width, height: Math.round(y + height) + MARGIN };
        await keep(name, await page.screenshot({ fullPage: true, clip }));
        await page.context().close();
      }
    });

    test('the darkroom', async () => {
      const page = await ready(DESK, 'coffee');
      await part(page, '#darkroom [data-add=rotate]').click();
      await step(page, 'rotate').locator('input[type=number]').first().fill('12');
      await part(page, '#darkroom [data-add=cutout]').click();
      await expect.poll(() => printSize(page), TIME).not.toEqual([600, 400]);
      await part(page, '[data-copy=curl]').click();
      await page.mouse.move(0, 0);
      await keep('darkroom', await shotOf(page, '#darkroom'));
    });

    test('the pipeline', async () => {
      const page = await open('', DESK);
      await page.setInputFiles('#image', [photo('coffee'), photo('rocket')]);
      await done(page);
      // The first run starts the functions.
      for (let runs = 0; runs < 2; runs++) {
        await part(page, '#run').click();
        await part(page, '#run:enabled').waitFor({ timeout: 60_000 });
      }
      await keep('pipeline', await shotOf(page, '#pipeline'));
    });

    test('on a phone', async () => {
      const page = await ready(PHONE, 'coffee');
      await page.evaluate('scrollTo(0, 0)');
      await keep('phone', await page.screenshot());
    });
  });
});
