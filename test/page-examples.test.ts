import { readFileSync } from 'node:fs';
import type { Page } from 'playwright-core';
import { expect, test } from 'vitest';
import { bring, describePage, HOSTILE, hand, labels, photo, seen, TIME } from './page-visit.ts';

/* Classes that are shown to the model by photos. */

const classes = (page: Page) => page.locator('.example-class');

async function addClass(page: Page, place: number, name: string, photos: string[]): Promise<void> {
  await classes(page).nth(place).getByLabel('Name of the class').fill(name);
  await classes(page).nth(place).locator('input[type=file]').setInputFiles(photos.map(photo));
  await expect.poll(() => classes(page).nth(place).locator('.examples li').count(), TIME).toBe(photos.length);
}

describePage('classes by example', ({ open }) => {
  test('a few photos a class, then each photo of the sheet is one of them', async () => {
    const page = await open();
    await bring(page, 'cat');
    await page.getByText('By example').click();
    await page.getByText('Give at least two classes an example each').waitFor(TIME);
    await addClass(page, 0, HOSTILE, ['cat']);
    await addClass(page, 1, 'to drink', ['coffee']);
    await expect.poll(async () => (await labels(page))[0], TIME).toBe(HOSTILE);
    await hand(page, 'drop', { 'b.jpg': photo('coffee') });
    await page.locator('#picture .name', { hasText: 'b.jpg' }).waitFor(TIME);
    await seen(page);
    expect((await labels(page))[0]).toBe('to drink');
    expect(await page.locator('.example-class img[src="x"], #results img').count()).toBe(0);
  });

  test('classes survive a reload of their tab with photos and names; starting over deletes them', async () => {
    const page = await open();
    await bring(page, 'cat');
    await page.getByText('By example').click();
    await addClass(page, 0, HOSTILE, ['cat', 'rocket']);
    await addClass(page, 1, 'to drink', ['coffee']);
    await expect.poll(async () => (await labels(page)).sort(), TIME).toEqual([HOSTILE, 'to drink'].sort());
    await page.getByRole('button', { name: 'Remove rocket.jpg' }).click();
    const other = await page.context().newPage();
    await other.goto(page.url());
    await page.reload();
    await expect.poll(async () => (await labels(page)).sort(), TIME).toEqual([HOSTILE, 'to drink'].sort());
    const names = await page
      .getByLabel('Name of the class')
      .evaluateAll((all: { value: string }[]) => all.map(({ value }) => value));
    expect(names).toEqual([HOSTILE, 'to drink']);
    expect(
      await page.locator('.examples img').evaluateAll((all: { alt: string }[]) => all.map(({ alt }) => alt)),
    ).toEqual(['cat.jpg', 'coffee.jpg']);
    // They are this tab's, as photos are.
    expect(await other.locator('.examples li').count()).toBe(0);
    await other.close();
    await page.locator('#start-over').click();
    const loaded = page.waitForEvent('load', TIME);
    await page.getByRole('dialog').getByRole('button', { name: 'Start over' }).click();
    await loaded;
    await page.locator('main[data-state="empty"]').waitFor(TIME);
    await bring(page, 'cat');
    expect(await page.locator('.examples li').count()).toBe(0);
    expect((await labels(page)).length).toBe(5);
  });

  test('what is no picture is said; a class more, an example less and a class less change the answer', async () => {
    const page = await open();
    await bring(page, 'cat');
    await page.getByText('By example').click();
    const junk = { name: 'junk.jpg', mimeType: 'image/jpeg', buffer: Buffer.from('no picture') };
    await classes(page).first().locator('input[type=file]').setInputFiles(junk);
    await page.locator('.errors').getByText('junk.jpg').waitFor(TIME);
    // A broken file takes none of the good ones with it.
    const good = { name: 'cat.jpg', mimeType: 'image/jpeg', buffer: readFileSync(photo('cat')) };
    await classes(page).first().locator('input[type=file]').setInputFiles([junk, good]);
    await classes(page).first().getByLabel('Name of the class').fill('pets');
    await expect.poll(() => classes(page).first().locator('.examples li').count(), TIME).toBe(1);
    await addClass(page, 1, 'cups', ['coffee']);
    await page.getByRole('button', { name: 'Add a class' }).click();
    await addClass(page, 2, 'space', ['rocket']);
    await expect.poll(async () => (await labels(page)).length, TIME).toBe(3);
    await classes(page).nth(2).getByRole('button', { name: 'Remove this class' }).click();
    await expect.poll(async () => (await labels(page)).sort(), TIME).toEqual(['cups', 'pets']);
    await page.getByRole('button', { name: 'Remove coffee.jpg' }).click();
    await page.getByText('Give at least two classes an example each').waitFor(TIME);
  });
});
