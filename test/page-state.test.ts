import type { Page } from 'playwright-core';
import { expect, test } from 'vitest';
import { bring, describePage, hand, labels, photo, printSize, seen, step, TIME, trySample } from './page-visit.ts';

/* What a reload, Back and a shared address bring back, and what nothing brings back. */

const chips = (page: Page): Promise<string[]> => page.locator('.chips .chip span').allTextContents();
const hash = (page: Page) => page.evaluate<string>('location.hash');
const shownName = (page: Page, name: string) => page.locator('#picture .name', { hasText: name }).waitFor(TIME);

/** Photos in the browser's database, of all tabs. */
const kept = (page: Page) =>
  page.evaluate<number>(`new Promise((resolve) => {
    const opening = indexedDB.open('obscura');
    opening.onsuccess = () => {
      const count = opening.result.transaction('photos').objectStore('photos').count();
      count.onsuccess = () => resolve(count.result);
    };
  })`);

describePage('the state of the page', ({ open, url }) => {
  test('labels, prompt, number and chain stand in the address, and come back with it', async () => {
    const page = await open();
    await bring(page, 'cat');
    await page.getByText('My own labels').click();
    await page.locator('#labels').fill('"red, white", cat,');
    await page.getByText('Prompt, number, “none of these”').click();
    await page.locator('#prompt').selectOption('own');
    await page.locator('#prompt-text').fill('a drawing of a {}');
    await page.locator('#top').selectOption('10');
    await page.locator('#min-cosine').fill('0.05');
    await page.locator('#min-cosine').press('Tab');
    await page.locator('#darkroom [data-add=flip]').click();
    await expect.poll(() => hash(page), TIME).toContain('chain=');
    const address = await page.evaluate<string>('location.href');

    const other = await page.context().newPage();
    await other.goto(address);
    await bring(other, 'coffee');
    expect(await chips(other)).toEqual(['red, white', 'cat']);
    expect(await other.locator('#prompt-text').inputValue()).toBe('a drawing of a {}');
    expect(await other.locator('#top').inputValue()).toBe('10');
    expect(await other.locator('#min-cosine').inputValue()).toBe('0.05');
    await step(other, 'flip').waitFor(TIME);
    expect((await labels(other)).sort()).toEqual(['cat', 'red, white']);
    await printSize(other);
    await other.close();
  });

  test('a set is named in the address; labels of one’s own outlive it', async () => {
    const page = await open();
    await trySample(page, 'cat');
    await seen(page);
    const own = await chips(page);
    await page.getByText('A set of labels').click();
    await page.locator('#labelset').selectOption('cats-dogs');
    await page.reload();
    await expect.poll(async () => (await labels(page)).sort(), TIME).toEqual(['cat', 'dog']);
    expect(await page.locator('#labelset').inputValue()).toBe('cats-dogs');
    expect(await chips(page)).toEqual(own);
  });

  test('another address in the same tab is taken over; what there is not is said, and left out', async () => {
    const page = await open();
    await bring(page, 'cat');
    await page.evaluate(
      "location.hash = 'label=cat&label=%3Cimg src=x onerror=alert(1)%3E&top=99999&chain=explode:3;flip'",
    );
    const isHostile = (label: string): boolean => label.startsWith('<img src=x onerror=alert(1)>');
    await expect.poll(async () => (await labels(page)).some(isHostile), TIME).toBe(true);
    await page.locator('.errors').getByText('The address has steps that there are not').waitFor(TIME);
    expect(await page.locator('#top').inputValue()).toBe('5');
    await step(page, 'flip').waitFor(TIME);
    expect(await page.locator('#darkroom .step').count()).toBe(1);
    expect(await page.locator('img[src="x"]').count()).toBe(0);
  });

  test('photos survive a reload, with the one that is shown; removed ones do not', async () => {
    const page = await open();
    await hand(page, 'drop', { 'a.jpg': photo('cat'), 'b.jpg': photo('coffee'), 'c.jpg': photo('rocket') });
    await page.getByRole('button', { name: 'Remove a.jpg' }).click();
    await page.locator('#contact-sheet .open', { hasText: 'c.jpg' }).click();
    await shownName(page, 'c.jpg');
    await expect.poll(() => kept(page), TIME).toBe(2);
    await page.reload();
    await shownName(page, 'c.jpg');
    await seen(page);
    expect(await page.locator('#contact-sheet .name').allTextContents()).toEqual(['b.jpg', 'c.jpg']);
    await page.goto(`${url()}/function/frontend-fn/model`);
    await page.goBack();
    await shownName(page, 'c.jpg');
    expect(await page.locator('#contact-sheet .name').allTextContents()).toEqual(['b.jpg', 'c.jpg']);
  });

  test('photos are seen in no other tab, and are deleted when theirs is closed', async () => {
    const page = await open();
    await bring(page, 'cat');
    await expect.poll(() => kept(page), TIME).toBe(1);
    const address = page.url();
    const other = await page.context().newPage();
    await other.goto(address);
    await expect.poll(() => kept(other), TIME).toBe(1);
    expect(await other.locator('main').getAttribute('data-state')).toBe('empty');
    await page.close();
    // As if it had been closed some time ago: a tab that only reloads is given some seconds.
    await other.evaluate(
      "Object.keys(localStorage).forEach((key) => key.includes('left') && localStorage.setItem(key, '1'))",
    );
    await other.reload();
    await expect.poll(() => kept(other), TIME).toBe(0);
  });

  test('the page’s name and the button begin anew, but only after a question', async () => {
    const page = await open();
    await trySample(page, 'cat');
    await seen(page);
    await page.locator('a.brand').click();
    await page.getByRole('button', { name: 'Keep them' }).click();
    expect(await page.locator('#picture .name').textContent()).toBe('cat.jpg');
    await page.locator('#start-over').click();
    // The page loads anew, without what its address said.
    const loaded = page.waitForEvent('load', TIME);
    await page.getByRole('dialog').getByRole('button', { name: 'Start over' }).click();
    await loaded;
    await page.locator('main[data-state="empty"]').waitFor(TIME);
    expect(await hash(page)).toBe('');
    await page.reload();
    await expect.poll(() => kept(page), TIME).toBe(0);
    expect(await page.locator('main').getAttribute('data-state')).toBe('empty');
  });
});
