import type { Page } from 'playwright-core';
import { expect, test } from 'vitest';
import { bring, describePage, HOSTILE, labels, savedBytes, seen, TIME, trySample } from './page-visit.ts';

/* Answers in words, and labels of one's own: pasted, folded, kept, imported, exported. */

const verdict = (page: Page) => page.locator('.verdict');
const chips = (page: Page): Promise<string[]> => page.locator('.chips .chip span').allTextContents();

/** Pastes a text into the field of labels, as a spreadsheet or a list gives it. */
async function paste(page: Page, text: string): Promise<void> {
  await page.locator('#labels').focus();
  await page.evaluate(`{
    const clipboardData = new DataTransfer();
    clipboardData.setData('text/plain', ${JSON.stringify(text)});
    const event = new ClipboardEvent('paste', { clipboardData, bubbles: true, cancelable: true });
    if (document.activeElement.dispatchEvent(event))
      document.execCommand('insertText', false, ${JSON.stringify(text)});
  }`);
}

/** The page with one photo and an empty list of labels of one's own. */
async function withOwn(open: () => Promise<Page>): Promise<Page> {
  const page = await open();
  await bring(page, 'cat');
  await page.getByText('My own labels').click();
  return page;
}

const answer = (state: string, model = 'clip-mini') => ({
  model,
  labels: [
    { label: 'classroom', score: 0.3, cosine: 0.2 },
    { label: 'book', score: 0.1, cosine: 0.1 },
  ],
  state,
  unknown: state === 'none',
});

describePage('answers in words', ({ open }) => {
  test.each([
    ['cat', 'Tabby cat, quite sure'],
    ['coffee', 'Cup of coffee, quite sure'],
    ['rocket', 'Rocket, quite sure'],
  ])('the sample %s has labels of its own, and the answer is right', async (name, sentence) => {
    const page = await open();
    await trySample(page, name);
    await seen(page);
    expect(await verdict(page).textContent()).toBe(sentence);
    const own = await page.locator(`[data-sample="${name}.jpg"]`).getAttribute('data-labels');
    expect(await chips(page)).toEqual(own?.split(','));
  });

  test('samples one after the other stay right; labels that a person chose stay as they are', async () => {
    const page = await open();
    for (const name of ['cat', 'coffee', 'rocket']) await trySample(page, name);
    const cards = page.locator('#contact-sheet .result');
    for (const [place, words] of ['Tabby cat', 'Cup of coffee', 'Rocket'].entries())
      await expect.poll(() => cards.nth(place).textContent(), TIME).toMatch(new RegExp(words, 'i'));
    await page.getByText('A set of labels').click();
    await trySample(page, 'cat');
    await expect.poll(() => verdict(page).textContent(), TIME).toBe('Cat, quite sure');
  });

  test('the three states; near a weak answer of the small model stands how to get a larger one', async () => {
    const page = await open('', { permissions: ['clipboard-read', 'clipboard-write'] });
    let said = answer('unsure');
    await page.route('**/classify', (route) => route.fulfill({ json: said }));
    await bring(page, 'cat');
    expect(await verdict(page).textContent()).toBe('Not sure; best guess: classroom');
    await page.getByText('A larger model may know better').click();
    await page.locator('.advice').getByText('npm run models -- install clip-vit-b-32').waitFor(TIME);
    await page.locator('.advice').getByRole('button', { name: 'Copy the command' }).click();
    await page.locator('.advice').getByText('Copied.').waitFor(TIME);
    const copied = await page.evaluate<string>('navigator.clipboard.readText()');
    expect(copied).toBe('npm run models -- install clip-vit-b-32');
    for (const [next, words] of [
      [answer('none'), 'Probably none of these'],
      [answer('none', 'clip-vit-b-32'), 'Probably none of these'],
      [answer('sure'), 'Classroom, quite sure'],
    ] as const) {
      said = next;
      await page.locator('#top').dispatchEvent('change');
      await expect.poll(() => verdict(page).textContent(), TIME).toBe(words);
      const isOffered = next.model === 'clip-mini' && next.state !== 'sure';
      await expect.poll(() => page.locator('.advice').count(), TIME).toBe(isOffered ? 1 : 0);
    }
  });

  test('figures are behind a disclosure, which stays open for the next answer', async () => {
    const page = await open();
    await bring(page, 'cat');
    const cosine = page.locator('.figures .cosine').first();
    expect(await cosine.isVisible()).toBe(false);
    await page.getByText('Figures').click();
    expect(await cosine.textContent()).toMatch(/^-?\d\.\d{3}$/);
    await bring(page, 'rocket');
    await expect.poll(() => cosine.isVisible(), TIME).toBe(true);
  });

  test.each([
    ['a phone', { width: 360, height: 740 }],
    ['a phone on its side', { width: 740, height: 360 }],
    ['1280 × 900 at 200 %', { width: 640, height: 450 }],
    ['1280 × 720 at 200 %', { width: 640, height: 360 }],
    ['1920 × 1080 at 200 %', { width: 960, height: 540 }],
    ['a desk', { width: 1280, height: 800 }],
  ])('on the first screen of %s stand the answer and labels', async (_, viewport) => {
    const page = await open('', { viewport });
    await trySample(page, 'cat');
    await seen(page);
    expect(await page.evaluate('scrollY')).toBe(0);
    const bottoms = await page.evaluate<number[]>(
      "[...document.querySelectorAll('.verdict, .ranking tbody tr')].map((row) => row.getBoundingClientRect().bottom)",
    );
    const seenWhole = bottoms.filter((bottom) => bottom <= viewport.height);
    expect(seenWhole.length).toBeGreaterThanOrEqual(4);
  });
});

describePage('labels of one’s own', ({ open }) => {
  test.each([
    ['lines', 'cat\ndog\r\nred car\n'],
    ['a row of a spreadsheet', 'cat\tdog\tred car'],
    ['commas', 'cat, dog,red car'],
  ])('pasted as %s', async (_, text) => {
    const page = await withOwn(open);
    await paste(page, text);
    expect(await chips(page)).toEqual(['cat', 'dog', 'red car']);
    await expect.poll(async () => (await labels(page)).sort(), TIME).toEqual(['cat', 'dog', 'red car']);
  });

  test('quoted ones keep their commas, pasted and typed; hostile ones are only text', async () => {
    const page = await withOwn(open);
    await paste(page, `"red, white and blue"\n${HOSTILE}`);
    await page.locator('#labels').focus();
    await page.keyboard.type('"salt, pepper",one,');
    expect(await chips(page)).toEqual(['red, white and blue', HOSTILE, 'salt, pepper', 'one']);
    await expect.poll(() => labels(page), TIME).toContain('salt, pepper');
    expect(await page.locator('.chips img').count()).toBe(0);
  });

  test('a word pasted between words stays in the field', async () => {
    const page = await withOwn(open);
    await page.locator('#labels').fill('red ');
    await page.locator('#labels').press('End');
    await paste(page, 'car');
    expect(await page.locator('#labels').inputValue()).toBe('red car');
    expect(await chips(page)).toEqual([]);
  });

  test('cells of a spreadsheet, which come with a picture of them, are labels and no photo', async () => {
    const page = await withOwn(open);
    await page.evaluate(`{
      const clipboardData = new DataTransfer();
      clipboardData.setData('text/plain', 'cat\\tdog');
      clipboardData.items.add(new File(['x'], 'image.png', { type: 'image/png' }));
      const event = new ClipboardEvent('paste', { clipboardData, bubbles: true, cancelable: true });
      document.querySelector('#labels').dispatchEvent(event);
    }`);
    expect(await chips(page)).toEqual(['cat', 'dog']);
    expect(await page.locator('.trouble').count()).toBe(0);
    expect(await page.locator('#picture .name').textContent()).toBe('cat.jpg');
  });

  test('three hundred fold to a few lines, unfold, and are cleared and brought back', async () => {
    const page = await withOwn(open);
    const many = Array.from({ length: 300 }, (_, index) => `thing ${index}`);
    await paste(page, many.join('\n'));
    expect((await page.locator('.chips').boundingBox())?.height).toBeLessThan(400);
    await page.getByRole('button', { name: 'Show all 300' }).press('Enter');
    expect(await chips(page)).toEqual(many);
    await page.getByRole('button', { name: 'Show fewer' }).click();
    await page.getByRole('button', { name: 'Clear all' }).click();
    expect(await chips(page)).toEqual([]);
    await page.getByText('Write at least one label').waitFor(TIME);
    await page.locator('.label-tools').getByRole('button', { name: 'Undo' }).click();
    await page.getByRole('button', { name: 'Show all 300' }).waitFor(TIME);
  });

  test('sets of one’s own outlive the page, are taken again, replaced only when asked, and deleted', async () => {
    const page = await withOwn(open);
    const nameField = page.getByLabel('Name of the set');
    await paste(page, 'cat, dog');
    await page.getByRole('button', { name: 'Save as a set' }).click();
    await nameField.fill(HOSTILE);
    await nameField.press('Enter');
    await page.getByText('is saved in this browser').waitFor(TIME);
    await page.reload();
    await bring(page, 'cat');
    await page.getByText('My own labels').click();
    const kept = page.getByRole('button', { name: `${HOSTILE} (2)` });
    await kept.click();
    await expect.poll(async () => (await labels(page)).sort(), TIME).toEqual(['cat', 'dog']);

    await paste(page, 'fox,');
    await page.getByRole('button', { name: 'Save as a set' }).click();
    await nameField.fill(HOSTILE);
    await nameField.press('Enter');
    await page.getByRole('button', { name: `Replace “${HOSTILE}”` }).click();
    await page.getByRole('button', { name: `${HOSTILE} (3)` }).waitFor(TIME);
    await page.getByRole('button', { name: `Delete the set ${HOSTILE}` }).click();
    expect(await page.locator('.kept-sets li').count()).toBe(0);
    await page.locator('.label-tools').getByRole('button', { name: 'Undo' }).click();
    expect(await page.locator('.kept-sets li').count()).toBe(1);
    expect(await page.locator('.kept-sets img').count()).toBe(0);
  });

  test('what is exported is imported again; other files are refused in words', async () => {
    const page = await withOwn(open);
    await paste(page, '"red, white", cat');
    const saved = page.waitForEvent('download');
    await page.getByRole('button', { name: 'Export' }).click();
    const file = await savedBytes(await saved);
    expect(JSON.parse(file.toString())).toEqual({ title: 'My labels', labels: ['red, white', 'cat'] });
    await page.getByRole('button', { name: 'Clear all' }).click();
    const give = (name: string, buffer: Buffer) =>
      page.setInputFiles('#import-labels', { name, mimeType: 'text/plain', buffer });
    await give('labels.json', file);
    await expect.poll(() => chips(page), TIME).toEqual(['red, white', 'cat']);
    await give('more.csv', Buffer.from('\uFEFFfox\r\n"a, b"\r\ncat\r\n'));
    await expect.poll(() => chips(page), TIME).toEqual(['red, white', 'cat', 'fox', 'a, b']);
    await give('odd.json', Buffer.from('{"labels": [1]}'));
    await page.getByText('odd.json is not a list of labels').waitFor(TIME);
    await give('large.txt', Buffer.alloc(0));
    await page.getByText('large.txt has no labels in it').waitFor(TIME);
    await give('large.txt', Buffer.alloc(1_000_001, 'a,'));
    await page.getByText('large.txt is too large').waitFor(TIME);
    expect(await chips(page)).toHaveLength(4);
  });
});
