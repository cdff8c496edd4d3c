import { expect, test } from 'vitest';
import { describePage, HOSTILE, labels, photo, TIME } from './page-visit.ts';

/* The same without JavaScript: upload, labels, copies. */

describePage('the page without JavaScript', ({ open, url }) => {
  test.each(['', '/'])('at …/frontend-fn%s', async (slash) => {
    const page = await open(slash, { javaScriptEnabled: false });
    expect(await page.locator('.js-only').filter({ visible: true }).count()).toBe(0);
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
    await page.getByRole('link', { name: 'Model clip-mini' }).click();
    await page.getByText('npm run models -- install clip-vit-b-32').waitFor(TIME);
    await page.getByRole('link', { name: 'Another picture' }).click();
    await page.locator('[data-sample="cat.jpg"]').click();
    await page.locator('.ranking').waitFor(TIME);
    expect(await page.locator('.tile .size').first().textContent()).toBe('300 × 451 px');
  });

  test('a picture by its address', async () => {
    const page = await open('', { javaScriptEnabled: false });
    await page.locator('#address').fill(`${url()}/function/frontend-fn/samples/rocket.jpg`);
    await page.getByRole('button', { name: 'Fetch it' }).click();
    await page.locator('.ranking').waitFor(TIME);
  });

  test('what is no picture is refused in words', async () => {
    const page = await open('', { javaScriptEnabled: false });
    const svg = { name: 'a.svg', mimeType: 'image/svg+xml', buffer: Buffer.from('<svg></svg>') };
    await page.setInputFiles('#image', svg);
    await page.getByRole('button', { name: 'Look at the picture' }).click();
    await page.getByText('This is an SVG').waitFor(TIME);
    expect(await page.locator('#form').count()).toBe(1);
  });
});
