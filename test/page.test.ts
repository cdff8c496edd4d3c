import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { Browser, BrowserContextOptions, Page } from 'playwright-core';
import sharp from 'sharp';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { CHROMIUM, launchBrowser, openWatched, type WatchedPage } from './browser.ts';
import { type System, startSystem } from './system.ts';

/* The page, driven in Chromium as a person would, on the whole system. */

const HOSTILE = `<img src=x onerror=alert(1)>`;
const photo = (name: string): string =>
  fileURLToPath(new URL(`../functions/frontend-fn/page/samples/${name}.jpg`, import.meta.url));
const shared = fileURLToPath(new URL('../../shared/samples/', import.meta.url));
const TIME = { timeout: 15_000 };

let system: System;
let browser: Browser;
let watched: WatchedPage | undefined;

const withChromium = describe.skipIf(!CHROMIUM);
if (!CHROMIUM) console.log('no Chromium here, so the page is not driven; set CHROMIUM to the path of one');

async function open(path = '', options: BrowserContextOptions = {}): Promise<Page> {
  watched = await openWatched(browser, `${system.url}/function/frontend-fn${path}`, options);
  return watched.page;
}

const labels = (page: Page): Promise<string[]> => page.locator('.ranking .label > span').allTextContents();
const tile = (page: Page, operation: string) => page.locator(`[data-operation="${operation}"]`);

/** Waits for labels and all copies. */
async function done(page: Page): Promise<void> {
  await page.locator('#seen:not([aria-busy]) .ranking').waitFor(TIME);
  for (const operation of ['rotate', 'resize', 'grayscale'])
    await tile(page, operation).locator('.download').waitFor(TIME);
}

async function copySize(page: Page, operation: string): Promise<[number, number]> {
  const image = tile(page, operation).locator('.frame:not([aria-busy]) img');
  await image.waitFor(TIME);
  return image.evaluate(async (element: ShownPicture) => {
    await element.decode();
    return [element.naturalWidth, element.naturalHeight] as [number, number];
  });
}

/** What of an image element is looked at; the tests are compiled without the browser's own types. */
interface ShownPicture {
  decode(): Promise<void>;
  naturalWidth: number;
  naturalHeight: number;
}

/** Puts a file into the page as a drop or a paste does. */
async function hand(page: Page, kind: 'drop' | 'paste', file: string, name: string): Promise<void> {
  const bytes = readFileSync(file).toString('base64');
  await page.evaluate(`{
    const data = new DataTransfer();
    const bytes = Uint8Array.from(atob(${JSON.stringify(bytes)}), (character) => character.charCodeAt(0));
    data.items.add(new File([bytes], ${JSON.stringify(name)}, { type: 'image/jpeg' }));
    const rules = { bubbles: true, cancelable: true };
    document.body.dispatchEvent(
      ${kind === 'drop' ? "new DragEvent('drop', { ...rules, dataTransfer: data })" : "new ClipboardEvent('paste', { ...rules, clipboardData: data })"},
    );
  }`);
}

withChromium('the page', () => {
  beforeAll(async () => {
    [system, browser] = await Promise.all([startSystem(), launchBrowser()]);
  }, 60_000);
  afterAll(async () => {
    await browser?.close();
    await system?.stop();
  });
  afterEach(async () => {
    const { complaints, close } = watched ?? {};
    watched = undefined;
    await close?.();
    expect(complaints).toEqual([]);
  });

  test.each(['', '/'])('at …/frontend-fn%s: a chosen photo is labelled and copied', async (slash) => {
    const page = await open(slash);
    await page.setInputFiles('#image', photo('rocket'));
    await done(page);
    expect(await labels(page)).toHaveLength(5);
    expect(await page.locator('.ranking .bar').count()).toBe(5);
    expect(await page.locator('.ranking .score').first().textContent()).toMatch(/^\d+\.\d%$/);
    expect(await page.locator('#status').textContent()).toContain((await labels(page))[0]);
    expect(await copySize(page, 'rotate')).toEqual([400, 600]);
    expect(await copySize(page, 'resize')).toEqual([240, 240]);
    expect(await copySize(page, 'grayscale')).toEqual([600, 400]);
    expect(await page.locator('#original .facts').textContent()).toContain('600 × 400 px');
  });

  test('a dropped and a pasted photo, each replacing the one before', async () => {
    const page = await open();
    await hand(page, 'drop', photo('cat'), 'dropped.jpg');
    await done(page);
    expect(await page.locator('#picture .name').textContent()).toBe('dropped.jpg');
    expect(await copySize(page, 'rotate')).toEqual([300, 451]);
    await hand(page, 'paste', photo('coffee'), 'pasted.jpg');
    await page.locator('#picture .name', { hasText: 'pasted.jpg' }).waitFor(TIME);
    await done(page);
    expect(await copySize(page, 'rotate')).toEqual([400, 600]);
  });

  test('a sample by keyboard, then own labels, which are only ever text', async () => {
    const page = await open();
    await page.locator('[data-sample="cat.jpg"]').focus();
    await page.keyboard.press('Enter');
    await done(page);
    await page.getByText('My own labels').click();
    await page.locator('#labels').fill(`cat, dog,${HOSTILE},`);
    await expect.poll(async () => (await labels(page)).length, TIME).toBe(3);
    const seen = await labels(page);
    expect(seen.some((label) => label.startsWith(HOSTILE))).toBe(true);
    expect(seen.indexOf('cat')).toBeGreaterThanOrEqual(0);
    expect(await page.locator('#seen img, .chips img').count()).toBe(0);

    await page.locator('#labels').press('Backspace');
    await expect.poll(async () => (await labels(page)).sort(), TIME).toEqual(['cat', 'dog']);
    await page.getByRole('button', { name: 'Remove cat' }).click();
    await page.getByRole('button', { name: 'Remove dog' }).click();
    await page.getByText('Write at least one label').waitFor(TIME);
    await page.getByText('A set of labels').click();
    await page.locator('#labelset').selectOption('cats-dogs');
    await expect.poll(async () => (await labels(page)).sort(), TIME).toEqual(['cat', 'dog']);
  });

  test('options of the copies, and a wrong one in words', async () => {
    const page = await open();
    await page.locator('[data-sample="coffee.jpg"]').click();
    await done(page);
    await page.locator('#angle').fill('180');
    await expect.poll(() => copySize(page, 'rotate'), TIME).toEqual([600, 400]);
    await page.locator('#width').fill('100');
    await page.locator('#fit').selectOption('inside');
    await expect.poll(() => copySize(page, 'resize'), TIME).toEqual([100, 67]);
    await page.locator('#format').selectOption('webp');
    await expect
      .poll(() => tile(page, 'grayscale').locator('.download').getAttribute('download'), TIME)
      .toBe('coffee-gray.webp');
    const [download] = await Promise.all([
      page.waitForEvent('download'),
      tile(page, 'grayscale').locator('.download').click(),
    ]);
    expect((await sharp(await download.path()).metadata()).format).toBe('webp');
    await page.locator('#width').fill('');
    await page.locator('#height').fill('');
    await tile(page, 'resize').getByText('needs "width" or "height"').waitFor(TIME);
  });

  test('a text file is refused in words; the next photo is fine', async () => {
    const page = await open();
    await page.setInputFiles('#image', {
      name: `${HOSTILE}.jpg`,
      mimeType: 'image/jpeg',
      buffer: Buffer.from('not a picture'),
    });
    const trouble = page.getByRole('alert');
    await trouble.waitFor(TIME);
    expect(await trouble.textContent()).toContain(`${HOSTILE}.jpg: This is text`);
    expect(await page.locator('main img:not(.samples img)').count()).toBe(0);
    await page.setInputFiles('#image', photo('cat'));
    await done(page);
    expect(await page.getByRole('alert').count()).toBe(0);
  });

  test('what fails on the way is said, and can be tried again', async () => {
    const page = await open();
    await page.route('**/classify', (route) => route.abort());
    await page.route('**/transform', (route) => route.fulfill({ status: 503, body: 'No endpoints available' }));
    await page.locator('[data-sample="cat.jpg"]').click();
    await page.locator('#seen').getByText('The connection broke off').waitFor(TIME);
    await tile(page, 'rotate').getByText('No replica of the function is ready').waitFor(TIME);
    await page.unrouteAll();
    const retries = page.getByRole('button', { name: 'Try again' });
    await expect.poll(() => retries.count(), TIME).toBe(4);
    for (let left = 4; left > 0; left--) await retries.first().click();
    await done(page);
  });

  test('an answer that comes late does not replace that of a newer picture', async () => {
    const page = await open();
    let hold = true;
    await page.route('**/classify', async (route) => {
      if (!hold) return route.continue();
      hold = false;
      await new Promise((resolve) => setTimeout(resolve, 1_200));
      await route
        .fulfill({ json: { model: 'late', labels: [{ label: 'late', score: 1, cosine: 1 }], unknown: false } })
        .catch(() => {});
    });
    await page.locator('[data-sample="cat.jpg"]').click();
    await page.locator('.waiting').waitFor(TIME);
    await page.locator('[data-sample="rocket.jpg"]').click();
    await done(page);
    await page.waitForTimeout(1_300);
    expect(await labels(page)).toHaveLength(5);
    expect(await copySize(page, 'grayscale')).toEqual([600, 400]);
  });

  test.each(['', '/'])('without JavaScript, at …/frontend-fn%s: upload, labels, copies', async (slash) => {
    const page = await open(slash, { javaScriptEnabled: false });
    await page.setInputFiles('#image', photo('coffee'));
    await page.locator('#angle').fill('270');
    await page.getByText('My own labels').click();
    await page.locator('#labels').fill(`cup, dog, ${HOSTILE}`);
    await page.getByRole('button', { name: 'Look at the picture' }).click();
    await page.locator('.ranking').waitFor(TIME);
    expect((await labels(page)).some((label) => label.startsWith(HOSTILE))).toBe(true);
    expect(await page.locator('.ranking tbody tr').count()).toBe(3);
    expect(await page.locator('.tile .size').allTextContents()).toEqual([
      '400 × 600 px',
      '240 × 240 px',
      '600 × 400 px',
    ]);
    await page.getByRole('link', { name: 'Another picture' }).click();
    await page.locator('[data-sample="cat.jpg"]').click();
    await page.locator('.ranking').waitFor(TIME);
    expect(await page.locator('.tile .size').first().textContent()).toBe('300 × 451 px');
  });

  test('without JavaScript, what is no picture is refused in words', async () => {
    const page = await open('', { javaScriptEnabled: false });
    await page.setInputFiles('#image', {
      name: 'a.svg',
      mimeType: 'image/svg+xml',
      buffer: Buffer.from('<svg></svg>'),
    });
    await page.getByRole('button', { name: 'Look at the picture' }).click();
    await page.getByText('This is an SVG').waitFor(TIME);
    expect(await page.locator('#form').count()).toBe(1);
  });

  test('nothing is wider than the narrowest phone', async () => {
    const page = await open('', { viewport: { width: 320, height: 640 } });
    const overflow = () => page.evaluate<number>('document.documentElement.scrollWidth - innerWidth');
    expect(await overflow()).toBeLessThanOrEqual(0);
    await page.locator('[data-sample="cat.jpg"]').click();
    await done(page);
    await page.getByText('My own labels').click();
    await page.locator('#labels').fill(`${'averylongword'.repeat(12)},`);
    await expect.poll(async () => (await labels(page)).length, TIME).toBe(1);
    expect(await overflow()).toBeLessThanOrEqual(0);
  });

  test.skipIf(!existsSync(shared))(
    'real photos (needs ../shared/samples)',
    async () => {
      const page = await open();
      for (const name of ['zebra', 'large-cat', 'banana']) {
        const size = await sharp(`${shared}${name}.jpg`).metadata();
        const { width, height } = size.autoOrient;
        await page.setInputFiles('#image', `${shared}${name}.jpg`);
        await page.locator('#picture .name', { hasText: `${name}.jpg` }).waitFor(TIME);
        await done(page);
        expect(await copySize(page, 'rotate')).toEqual([height, width]);
        expect(await labels(page)).toHaveLength(5);
      }
    },
    60_000,
  );

  // PAGE_PICTURE=docs/page.png npx vitest run test/page.test.ts -t 'README'
  test.skipIf(!process.env.PAGE_PICTURE)('the picture of the page in the README', async () => {
    const page = await open('', { viewport: { width: 1240, height: 800 } });
    // The first picture only starts the functions, so that the second shows everyday timings.
    for (const name of ['rocket', 'coffee']) {
      await page.setInputFiles('#image', photo(name));
      await page.locator('#picture .name', { hasText: name }).waitFor(TIME);
      await done(page);
    }
    await page.getByText('My own labels').click();
    await page.locator('#labels').fill('cup of coffee, plate, cat, rocket, flower,');
    await expect.poll(async () => (await labels(page)).includes('cup of coffee'), TIME).toBe(true);
    await page.locator('#labels').blur();
    await page.mouse.move(0, 0);
    const shot = await page.screenshot({ fullPage: true });
    const small = await sharp(shot).png({ palette: true, colours: 160, effort: 10 }).toBuffer();
    expect(small.length).toBeLessThan(250 * 1024);
    writeFileSync(process.env.PAGE_PICTURE as string, small);
  });
});
