import { writeFileSync } from 'node:fs';
import path from 'node:path';
import type { BrowserContextOptions, Locator, Page } from 'playwright-core';
import sharp from 'sharp';
import { describe, expect, test } from 'vitest';
import { describePage, done, labels, photo, printSize, step, TIME } from './page-visit.ts';

/* The README's pictures of the page: PAGE_PICTURES=docs/pictures npx vitest run test/page-pictures.test.ts */

const folder = process.env.PAGE_PICTURES ?? '';
const DESK = { viewport: { width: 1240, height: 860 } };
const PHONE = { viewport: { width: 390, height: 844 }, hasTouch: true, isMobile: true, deviceScaleFactor: 2 };
const LARGEST = 300 * 1_024;
const MARGIN = 24;

/** Few colours are enough for a page, and make a file that a repository can carry. */
async function keep(name: string, shot: Buffer): Promise<void> {
  const small = await sharp(shot).png({ palette: true, colours: 128, effort: 10 }).toBuffer();
  expect(small.length, name).toBeLessThan(LARGEST);
  writeFileSync(path.join(folder, `${name}.png`), small);
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

describe.skipIf(folder === '')('pictures', () => {
  describePage('the pictures of the page', ({ open }) => {
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
        const page = await ready({ ...DESK, colorScheme }, 'coffee');
        await page.getByText('My own labels').click();
        await page.locator('#labels').fill('cup of coffee, plate, cat, rocket, flower,');
        await expect.poll(async () => (await labels(page)).includes('plate'), TIME).toBe(true);
        await page.locator('#labels').blur();
        await page.mouse.move(0, 0);
        const { y = 0 } = (await part(page, '#darkroom').boundingBox()) ?? {};
        const clip = { x: 0, y: 0, width: DESK.viewport.width, height: Math.round(y) - 20 };
        await keep(name, await page.screenshot({ fullPage: true, clip }));
        await page.context().close();
      }
    });

    test('the darkroom', async () => {
      const page = await ready(DESK, 'coffee');
      await part(page, '#darkroom [data-add=rotate]').click();
      await step(page, 'rotate').getByLabel('Angle, ° clockwise').fill('12');
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
