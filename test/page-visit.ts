import { readFileSync } from 'node:fs';
import path from 'node:path';
import { buffer } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import type { Browser, BrowserContextOptions, Download, Locator, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, describe, expect, vi } from 'vitest';
import { CHROMIUM, openBrowser, openWatched, type WatchedPage } from './browser.ts';
import { type SharedSystem, sharedBrowser, sharedSystem } from './shared.ts';

/* What the tests of the page share: the whole system, a browser, and a person's moves. */

export const HOSTILE = '<img src=x onerror=alert(1)>';
/** Bounds a wait for something that comes; how soon is the machine's business. */
export const TIME = { timeout: 60_000 };

export const photo = (name: string): string =>
  fileURLToPath(new URL(`../functions/frontend-fn/page/samples/${name}.jpg`, import.meta.url));

/** Photos that are no part of the project; tests that want them are skipped where they are not. */
export const shared = fileURLToPath(new URL('../../shared/samples/', import.meta.url));

export interface Visits {
  /** Opens the page in a profile of its own; every complaint of the browser fails the test. */
  open(at?: string, options?: BrowserContextOptions): Promise<Page>;
  url(): string;
  /** The folder that the system keeps reports in. */
  reports(): string;
}

/** Describes tests of the page; skipped, with a word, where there is no Chromium. */
export function describePage(name: string, define: (visits: Visits) => void): void {
  // A whole system and a browser on a busy machine; alone each test takes a second or two.
  vi.setConfig({ testTimeout: 180_000 });
  if (!CHROMIUM) console.log(`no Chromium here, so ${name} is not driven; set CHROMIUM to the path of one`);
  describe.skipIf(!CHROMIUM)(name, () => {
    let system: SharedSystem;
    let browser: Browser;
    let watched: WatchedPage | undefined;
    beforeAll(async () => {
      const connected = sharedBrowser().then(openBrowser);
      [system, browser] = await Promise.all([sharedSystem('page'), connected]);
    }, 90_000);
    afterEach(async () => {
      const { complaints, close } = watched ?? {};
      watched = undefined;
      await close?.();
      expect(complaints ?? []).toEqual([]);
    });
    afterAll(() => browser?.close());
    define({
      url: () => system.url,
      reports: () => path.join(system.folder, 'feedback'),
      async open(at = '', options = {}) {
        watched = await openWatched(browser, `${system.url}/function/frontend-fn${at}`, options);
        return watched.page;
      },
    });
  });
}

export const labels = (page: Page): Promise<string[]> => page.locator('.ranking .label > span').allTextContents();
export const tile = (page: Page, operation: string): Locator => page.locator(`.tile[data-operation="${operation}"]`);
export const step = (page: Page, name: string): Locator => page.locator(`#darkroom [data-step="${name}"]`);

/** Waits for the labels of the picture that is shown. */
export async function seen(page: Page): Promise<void> {
  await page.locator('#results:not([aria-busy]) .ranking').waitFor(TIME);
}

/** Waits for the labels and all copies. */
export async function done(page: Page): Promise<void> {
  await seen(page);
  for (const operation of ['rotate', 'resize', 'grayscale'])
    await tile(page, operation).locator('.download').waitFor(TIME);
}

/** Brings a photo as a file, which says nothing of its labels, and waits for what is in it. */
export async function bring(page: Page, name: string): Promise<void> {
  await page.setInputFiles('#image', photo(name));
  await page.locator('#picture .name', { hasText: name }).waitFor(TIME);
  await seen(page);
}

/** Opens one of the page's own pictures by a click, which brings labels of its own. */
export async function trySample(page: Page, name: string): Promise<void> {
  await page.locator(`[data-sample="${name}.jpg"]`).click();
}

/** What of an image element is looked at; the tests are compiled without the browser's own types. */
interface ShownPicture {
  decode(): Promise<void>;
  naturalWidth: number;
  naturalHeight: number;
}

/** Size of a picture on the page, once it is there. */
export async function sizeOf(image: Locator): Promise<[number, number]> {
  await image.waitFor(TIME);
  return image.evaluate(async (element: ShownPicture) => {
    await element.decode();
    return [element.naturalWidth, element.naturalHeight] as [number, number];
  });
}

export const copySize = (page: Page, operation: string): Promise<[number, number]> =>
  sizeOf(tile(page, operation).locator('.frame:not([aria-busy]) img'));

/** What the darkroom made, when it is no longer at work. */
export const printSize = (page: Page): Promise<[number, number]> =>
  sizeOf(page.locator('.compare:not([aria-busy]) .after'));

/** What the page gave to keep. */
export async function savedBytes(download: Download): Promise<Buffer> {
  return buffer(await download.createReadStream());
}

/** Puts files into the page as a drop or a paste does. */
export async function hand(page: Page, kind: 'drop' | 'paste', files: Record<string, string>): Promise<void> {
  const event =
    kind === 'drop'
      ? "new DragEvent('drop', { ...rules, dataTransfer: data })"
      : "new ClipboardEvent('paste', { ...rules, clipboardData: data })";
  const given = Object.entries(files).map(([name, file]) => ({ name, bytes: readFileSync(file).toString('base64') }));
  await page.evaluate(`{
    const data = new DataTransfer();
    for (const { name, bytes } of ${JSON.stringify(given)}) {
      const content = Uint8Array.from(atob(bytes), (character) => character.charCodeAt(0));
      data.items.add(new File([content], name, { type: 'image/jpeg' }));
    }
    const rules = { bubbles: true, cancelable: true };
    document.body.dispatchEvent(
      ${event},
    );
  }`);
}

/** The darkroom's button that adds a step, and a field of one. */
export const add = (page: Page, name: string): Promise<void> => page.locator(`#darkroom [data-add="${name}"]`).click();
export const option = (page: Page, name: string, label: string): Locator =>
  step(page, name).getByLabel(label, { exact: true });

/** Opens one of the page's own pictures and waits until the darkroom shows it. */
export async function develop(page: Page, sample: string): Promise<void> {
  await trySample(page, sample);
  await done(page);
  await printSize(page);
}
