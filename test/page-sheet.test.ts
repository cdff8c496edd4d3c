import { readFileSync } from 'node:fs';
import type { Page } from 'playwright-core';
import sharp from 'sharp';
import { expect, test } from 'vitest';
import { bring, describePage, hand, photo, savedBytes, TIME } from './page-visit.ts';

/* Many photos: the sheet with its order, its search, two side by side, its files and its keys. */

const names = (page: Page): Promise<string[]> => page.locator('#contact-sheet .name').allTextContents();
const verdicts = (page: Page): Promise<string[]> => page.locator('#contact-sheet .said').allTextContents();
const focused = (page: Page) =>
  page.evaluate<string>("document.activeElement.closest('li')?.querySelector('.name').textContent ?? ''");

/** The page with three photos whose answers are known. */
async function sheet(open: () => Promise<Page>, first = 'a.jpg'): Promise<Page> {
  const page = await open();
  await hand(page, 'drop', { [first]: photo('cat'), 'b.jpg': photo('coffee'), 'c.jpg': photo('rocket') });
  await expect.poll(() => page.locator('#contact-sheet .said').count(), TIME).toBe(3);
  return page;
}

describePage('the sheet', ({ open }) => {
  test('has the top three of each photo, and stands in any order', async () => {
    const page = await sheet(open);
    const card = page.locator('#contact-sheet .result').first();
    expect(await card.locator('.said').textContent()).toBe('Cat, quite sure');
    expect(await card.locator('small').count()).toBe(2);
    const [said, scores] = await Promise.all([verdicts(page), page.locator('#contact-sheet .share').allTextContents()]);
    const all = said.map((words, index) => ({
      name: `${'abc'[index]}.jpg`,
      // Without what says how sure the answer is.
      label: words.replace(/^.*: |, .*$/g, ''),
      score: parseFloat(scores[index] ?? ''),
    }));
    const inOrder = (compare: (a: (typeof all)[0], b: (typeof all)[0]) => number) =>
      [...all].sort(compare).map(({ name }) => name);
    for (const [order, expected] of [
      ['label', inOrder((a, b) => a.label.localeCompare(b.label))],
      ['unsure', inOrder((a, b) => a.score - b.score)],
      ['sure', inOrder((a, b) => b.score - a.score)],
      ['added', ['a.jpg', 'b.jpg', 'c.jpg']],
    ] as const) {
      await page.locator('#sheet-order').selectOption(order);
      expect(await names(page)).toEqual(expected);
    }
  });

  test('is searched by words; emptied, the search leaves the photos as they were added', async () => {
    const page = await sheet(open);
    for (const [words, best] of [
      ['a rocket at night', 'c.jpg'],
      ['something to drink', 'b.jpg'],
    ] as const) {
      await page.locator('#sheet-search').fill(words);
      await page.locator('#sheet-search').press('Enter');
      await page.getByText(`Best match for “${words}”: ${best}`).first().waitFor(TIME);
      expect((await names(page))[0]).toBe(best);
      expect(await page.locator('#contact-sheet .match').first().textContent()).toBe('Match 1');
    }
    await page.locator('#sheet-search').fill('');
    await expect.poll(() => names(page), TIME).toEqual(['a.jpg', 'b.jpg', 'c.jpg']);
    expect(await page.locator('#contact-sheet .match:visible').count()).toBe(0);
  });

  test('two are compared side by side', async () => {
    const page = await sheet(open);
    const compare = page.getByRole('button', { name: 'Compare two' });
    expect(await compare.isDisabled()).toBe(true);
    for (const name of ['a.jpg', 'b.jpg', 'c.jpg']) await page.getByRole('button', { name: `Compare ${name}` }).click();
    await compare.click();
    const dialog = page.getByRole('dialog', { name: 'Two photos side by side' });
    expect(await dialog.locator('h3').allTextContents()).toEqual(['b.jpg', 'c.jpg']);
    expect(await dialog.locator('.verdict').allTextContents()).toEqual((await verdicts(page)).slice(1));
    expect(await dialog.locator('.ranking').count()).toBe(2);
    await page.keyboard.press('Escape');
    expect(await dialog.count()).toBe(0);
  });

  test('goes into a table without formulas, and into JSON', async () => {
    const page = await sheet(open, '=cmd|x.jpg');
    const files: string[] = [];
    for (const name of ['CSV', 'JSON']) {
      const saved = page.waitForEvent('download');
      await page.getByRole('button', { name, exact: true }).click();
      files.push((await savedBytes(await saved)).toString());
    }
    const [table = '', list = ''] = files;
    const lines = table.split('\r\n');
    expect(lines[0]).toBe('\uFEFFpicture,rank,label,score,cosine,state');
    expect(lines).toHaveLength(1 + 15 + 1);
    expect(lines[1]).toMatch(/^"'=cmd\|x\.jpg",1,cat,0\.\d+,0\.\d+,sure$/);
    const entries = JSON.parse(list) as { picture: string; state: string; labels: { label: string }[] }[];
    expect(entries.map(({ picture }) => picture)).toEqual(['=cmd|x.jpg', 'b.jpg', 'c.jpg']);
    for (const [index, said] of (await verdicts(page)).entries())
      expect(said.toLowerCase()).toContain(entries[index]?.labels[0]?.label);
  });

  test('by keyboard: arrows move, Enter shows, C marks, Delete removes; Tab needs one stop for all cards', async () => {
    const page = await sheet(open);
    await page.locator('#contact-sheet .open').first().focus();
    expect(await page.locator('#contact-sheet .cards [tabindex="0"]').count()).toBe(3);
    await page.keyboard.press('ArrowRight');
    expect(await focused(page)).toBe('b.jpg');
    await page.keyboard.press('Enter');
    await page.locator('#picture .name', { hasText: 'b.jpg' }).waitFor(TIME);
    await page.keyboard.press('c');
    await page.keyboard.press('End');
    await page.keyboard.press('c');
    expect(await page.locator('[aria-pressed="true"].corner').count()).toBe(2);
    await page.keyboard.press('Delete');
    expect(await names(page)).toEqual(['a.jpg', 'b.jpg']);
    expect(await focused(page)).toBe('b.jpg');
  });

  test('all are removed only after a question', async () => {
    const page = await sheet(open);
    await page.getByRole('button', { name: 'Remove all' }).click();
    await page.getByRole('button', { name: 'Keep them' }).click();
    expect(await names(page)).toHaveLength(3);
    await page.getByRole('button', { name: 'Remove all' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Remove all' }).click();
    expect(await page.locator('main').getAttribute('data-state')).toBe('empty');
    await bring(page, 'cat');
  });

  test('takes more photos than one run does, each with a small copy; one run says how many it takes', async () => {
    const page = await open();
    const large = await sharp(readFileSync(photo('coffee')))
      .resize(2_400, 1_600)
      .jpeg()
      .toBuffer();
    const files = Array.from({ length: 66 }, (_, index) => ({
      name: `${index}.jpg`,
      mimeType: 'image/jpeg',
      buffer: index === 0 ? large : readFileSync(photo('cat')),
    }));
    await page.setInputFiles('#image', files);
    await expect.poll(() => page.locator('#contact-sheet .said').count(), TIME).toBe(66);
    await expect.poll(() => page.locator('#contact-sheet .thumb img').count(), TIME).toBe(66);
    const width = await page.evaluate<number>(`(async () => {
      const image = document.querySelector('#contact-sheet .thumb img');
      await image.decode();
      return image.naturalWidth;
    })()`);
    expect(width).toBeLessThan(600);
    await page.locator('#run').click();
    await page.locator('.errors').getByText('One run takes 64 pictures').waitFor(TIME);
  });
});
