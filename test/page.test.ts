import { createHash } from 'node:crypto';
import { readdirSync, readFileSync, statSync } from 'node:fs';
import path from 'node:path';
import type { Page } from 'playwright-core';
import { expect, test } from 'vitest';
import {
  bring,
  copySize,
  describePage,
  done,
  HOSTILE,
  hand,
  labels,
  photo,
  seen,
  TIME,
  trySample,
} from './page-visit.ts';

/* Pictures and what is in them, as a person goes about it. */

const cards = (page: Page) => page.locator('#contact-sheet li');
const shownName = (page: Page, name: string) => page.locator('#picture .name', { hasText: name }).waitFor(TIME);

describePage('the page', ({ open, url, reports }) => {
  test.each(['', '/'])('at …/frontend-fn%s: a chosen photo is labelled and copied', async (slash) => {
    const page = await open(slash);
    await page.setInputFiles('#image', photo('rocket'));
    await done(page);
    expect(await labels(page)).toHaveLength(5);
    expect(await page.locator('.ranking .bar').count()).toBe(5);
    expect(await page.locator('.ranking .score').first().textContent()).toMatch(/^\d+\.\d%$/);
    expect(await page.locator('#status').textContent()).toContain((await labels(page))[0]);
    expect(await page.locator('#picture .facts').textContent()).toContain('600 × 400 px');
    expect(await copySize(page, 'rotate')).toEqual([400, 600]);
    expect(await copySize(page, 'resize')).toEqual([240, 240]);
    expect(await copySize(page, 'grayscale')).toEqual([600, 400]);
    expect(await page.locator('#contact-sheet').isVisible()).toBe(false);
  });

  test('several dropped at once and one pasted: each has its card, and the one that is chosen is shown', async () => {
    const page = await open();
    await hand(page, 'drop', { 'a.jpg': photo('cat'), 'b.jpg': photo('coffee') });
    await expect.poll(() => cards(page).locator('.bar').count(), TIME).toBe(2);
    await shownName(page, 'a.jpg');
    await hand(page, 'paste', { 'c.jpg': photo('rocket') });
    await shownName(page, 'c.jpg');
    await expect.poll(() => cards(page).locator('.bar').count(), TIME).toBe(3);

    await cards(page).nth(1).locator('.open').press('Enter');
    await shownName(page, 'b.jpg');
    await done(page);
    expect(await copySize(page, 'grayscale')).toEqual([600, 400]);
    expect(await cards(page).nth(1).locator('[aria-current]').count()).toBe(1);
    const [best] = await labels(page);
    const said = await cards(page).nth(1).locator('.result').textContent();
    expect(said?.toLowerCase()).toContain(best);

    await page.getByRole('button', { name: 'Remove b.jpg' }).click();
    await shownName(page, 'c.jpg');
    await page.getByRole('button', { name: 'Remove a.jpg' }).click();
    expect(await page.locator('#contact-sheet').isVisible()).toBe(false);
  });

  test('a picture by its address; what is none, or not allowed, is refused in words', async () => {
    const page = await open();
    await page.locator('#address').fill(`${url()}/function/frontend-fn/samples/cat.jpg`);
    await page.locator('#address').press('Enter');
    await shownName(page, 'cat.jpg');
    await seen(page);
    for (const [address, words] of [
      ['http://10.0.0.7/cat.jpg', 'not fetched from'],
      [`${url()}/function/frontend-fn/`, 'This is'],
    ]) {
      await page.locator('#address').fill(address as string);
      await page.getByRole('button', { name: 'Fetch it' }).click();
      await page
        .locator('.errors')
        .getByText(words as string)
        .waitFor(TIME);
    }
    expect(await labels(page)).toHaveLength(5);
  });

  test('on a phone the camera is one touch away', async () => {
    const phone = { viewport: { width: 390, height: 844 }, hasTouch: true, isMobile: true };
    const page = await open('', phone);
    expect(await page.getByText('Take a photo').isVisible()).toBe(true);
    expect(await page.getByText('Drop photos anywhere').isVisible()).toBe(false);
    expect(await page.locator('#camera').getAttribute('capture')).toBe('environment');
    await page.setInputFiles('#camera', photo('cat'));
    await seen(page);
  });

  test('by keyboard alone: a sample, own labels as chips, which are only ever text, and a set', async () => {
    const page = await open();
    await page.locator('[data-sample="cat.jpg"]').focus();
    await page.keyboard.press('Enter');
    await seen(page);
    await page.getByRole('button', { name: 'Clear all' }).press('Enter');
    await page.getByText('Write at least one label').waitFor(TIME);
    await page.getByLabel('My own labels').press('ArrowLeft');
    await expect.poll(async () => (await labels(page))[0], TIME).toBe('cat');
    await page.getByLabel('A set of labels').press('ArrowRight');
    await page.getByText('Write at least one label').waitFor(TIME);
    await page.keyboard.press('Tab');
    await page.keyboard.type(`cat, dog,${HOSTILE},`);
    await expect.poll(async () => (await labels(page)).length, TIME).toBe(3);
    expect((await labels(page)).some((label) => label.startsWith(HOSTILE))).toBe(true);
    expect(await page.locator('#results img, .chips img').count()).toBe(0);

    await page.keyboard.press('Backspace');
    await expect.poll(async () => (await labels(page)).sort(), TIME).toEqual(['cat', 'dog']);
    await page.getByRole('button', { name: 'Remove cat' }).press('Enter');
    await page.getByRole('button', { name: 'Remove dog' }).press('Enter');
    await page.getByText('Write at least one label').waitFor(TIME);
    await page.getByLabel('My own labels').press('ArrowLeft');
    await page.locator('#labelset').selectOption('cats-dogs');
    await expect.poll(async () => (await labels(page)).sort(), TIME).toEqual(['cat', 'dog']);
  });

  test('a label is found in its sets, and may be looked for by itself', async () => {
    const page = await open();
    await bring(page, 'coffee');
    await page.locator('#set-search').fill('guitar');
    const hit = page.locator('.hit', { hasText: 'ImageNet' });
    await hit.waitFor(TIME);
    expect(await hit.textContent()).toContain('acoustic guitar');
    await hit.click();
    expect(await page.locator('#labelset').inputValue()).toBe('imagenet1k');
    await expect.poll(() => page.locator('#results[aria-busy]').count(), TIME).toBe(0);
    await page.locator('#set-search').fill('no such thing');
    await page.getByText('No set has “no such thing”').waitFor(TIME);
    await page.locator('#set-search').fill('cup of coffee');
    await page.getByRole('button', { name: 'Look for it by itself' }).click();
    await expect.poll(() => labels(page), TIME).toEqual(['cup of coffee']);
  });

  test('prompt, number and an honest “none of these”', async () => {
    const page = await open();
    await bring(page, 'coffee');
    await page.getByText('Prompt, number, “none of these”').click();
    await page.locator('#top').selectOption('10');
    await expect.poll(async () => (await labels(page)).length, TIME).toBe(10);
    await page.locator('#min-cosine').fill('0.99');
    await page.locator('#min-cosine').press('Tab');
    await page
      .getByText(/probably none of these/i)
      .first()
      .waitFor(TIME);
    await page.locator('#min-cosine').fill('7');
    await page.locator('#min-cosine').press('Tab');
    await page.getByText('The cosine must be from 0 to 1').waitFor(TIME);
    await page.locator('#min-cosine').fill('');
    await page.locator('#prompt').selectOption('own');
    await page.getByText('The prompt needs {}').waitFor(TIME);
    await page.locator('#prompt-text').fill('a drawing of a {}');
    const cosines = () => page.locator('.figures .cosine').allTextContents();
    const before = await cosines();
    await page.locator('#prompt-text').press('Tab');
    await expect.poll(cosines, TIME).not.toEqual(before);
  });

  test('the model that answered opens its card, which says how a larger one is installed', async () => {
    const page = await open();
    await trySample(page, 'cat');
    await seen(page);
    await page.locator('.model').press('Enter');
    const card = page.getByRole('dialog', { name: 'Model clip-mini' });
    await card.getByText('npm run models -- install clip-vit-b-32').waitFor(TIME);
    expect(await card.locator('h3').count()).toBeGreaterThan(3);
    expect(await card.locator('table').count()).toBeGreaterThan(0);
    await page.keyboard.press('Escape');
    expect(await card.count()).toBe(0);
    expect(await page.evaluate('document.activeElement.className')).toBe('model');
  });

  test('a wrong answer is reported with what it really is, and with the picture where that is wished', async () => {
    const page = await open();
    await trySample(page, 'cat');
    await seen(page);
    const [best] = await labels(page);
    await page.getByRole('button', { name: 'Not right?' }).click();
    await page.getByRole('button', { name: 'Report it' }).click();
    await page.getByText('Write what it really is').waitFor(TIME);
    await page.locator('#correct').fill('=tabby cat');
    await page.locator('#keep').check();
    await page.locator('#correct').press('Enter');
    await page.locator('#results').getByText('Reported. Thank you').waitFor(TIME);
    // Beside the thanks, the facts keep room for their words.
    expect((await page.locator('#results .below .facts').boundingBox())?.width).toBeGreaterThan(150);
    const kept = readdirSync(reports(), { recursive: true, encoding: 'utf8' }).map((name) =>
      path.join(reports(), name),
    );
    const texts = kept.filter((file) => statSync(file).isFile()).map((file) => readFileSync(file, 'utf8'));
    const picture = createHash('sha256')
      .update(readFileSync(photo('cat')))
      .digest('hex');
    for (const part of [best, '=tabby cat', 'clip-mini', picture]) expect(texts.join('\n')).toContain(part);
  });

  test('an answer that comes late does not replace that of a newer question', async () => {
    const page = await open();
    await bring(page, 'cat');
    let hold = true;
    await page.route('**/classify', async (route) => {
      if (!hold) return route.continue();
      hold = false;
      await new Promise((resolve) => setTimeout(resolve, 1_000));
      const late = { model: 'late', labels: [{ label: 'late', score: 1, cosine: 1 }], unknown: false };
      await route.fulfill({ json: late }).catch(() => {});
    });
    await page.locator('#labelset').selectOption('cats-dogs');
    await page.locator('#results .progress').waitFor(TIME);
    await page.locator('#labelset').selectOption('cifar10');
    await expect.poll(async () => (await labels(page)).length, TIME).toBe(5);
    await page.waitForTimeout(1_200);
    expect(await labels(page)).not.toContain('late');
  });

  test('a text file is refused in words; the other files of the same choice are fine', async () => {
    const page = await open();
    const letter = { name: `${HOSTILE}.jpg`, mimeType: 'image/jpeg', buffer: Buffer.from('not a picture') };
    await page.setInputFiles('#image', letter);
    const trouble = page.getByRole('alert');
    await trouble.waitFor(TIME);
    expect(await trouble.textContent()).toContain(`${HOSTILE}.jpg: This is text`);
    expect(await page.locator('main').getAttribute('data-state')).toBe('empty');
    expect(await page.locator('main img:not(.samples img)').count()).toBe(0);
    await page.setInputFiles('#image', photo('cat'));
    await done(page);
    expect(await page.getByRole('alert').count()).toBe(0);
  });
});
