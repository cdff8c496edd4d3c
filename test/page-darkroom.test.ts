import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import type { Page, Request } from 'playwright-core';
import sharp from 'sharp';
import { expect, test } from 'vitest';
import { OPERATION_NAMES, operations } from '#imaging';
import {
  add,
  copySize,
  describePage,
  develop,
  done,
  option,
  photo,
  printSize,
  savedBytes,
  seen,
  step,
  TIME,
  tile,
} from './page-visit.ts';

/* Copies and the darkroom: every operation, in any order, and what comes out. */

const steps = (page: Page) => page.locator('#darkroom .step strong').allTextContents();
describePage('the darkroom', ({ open, url }) => {
  test('begins with before and after; a copy that is clicked is worked on', async () => {
    const page = await open();
    const made: string[] = [];
    const requests: Request[] = [];
    page.on('request', (request) => {
      if (request.method() !== 'POST') return;
      requests.push(request);
      made.push(request.url().split('/').at(-1) ?? '');
    });
    // New to the system, which other tests use, too: what comes out of its cache has no times.
    const buffer = Buffer.concat([readFileSync(photo('coffee')), randomBytes(8)]);
    await page.setInputFiles('#image', { name: 'coffee.jpg', mimeType: 'image/jpeg', buffer });
    await done(page);
    expect(await printSize(page)).toEqual([600, 400]);
    // What it begins with is the gray copy itself: nothing was sent twice.
    expect(made.sort()).toEqual(['classify', 'transform', 'transform', 'transform']);
    // Labels and copies are of one upload.
    const headers = await Promise.all(requests.map((request) => request.allHeaders()));
    const sent = headers.map((header) => Number(header['content-length']));
    expect(sent.filter((bytes) => bytes > buffer.length)).toHaveLength(1);
    expect(sent.reduce((sum, bytes) => sum + bytes, 0)).toBeLessThan(buffer.length + 10_000);
    const slider = page.getByLabel('How much is shown of what came out');
    await slider.focus();
    await page.keyboard.press('Home');
    expect(await page.locator('.compare').getAttribute('style')).toContain('--at: 0');
    await tile(page, 'rotate').getByRole('button').click();
    await expect.poll(() => printSize(page), TIME).toEqual([400, 600]);
    expect(await steps(page)).toEqual(['Rotate']);
    expect(await page.locator('.result-facts').textContent()).toMatch(
      /44 kB → \d+ kB \(.\d+ %\).*encode \d+ ms.*total/,
    );
  });

  test('a photo that the function keeps no more is sent again', async () => {
    const page = await open();
    await develop(page, 'cat');
    let asked = 0;
    const gone = { status: 410, code: 'expired', detail: 'gone' };
    await page.route('**/transform', async (route) => {
      asked += 1;
      if (asked > 1) await route.continue();
      else await route.fulfill({ status: 410, contentType: 'application/problem+json', body: JSON.stringify(gone) });
    });
    await add(page, 'rotate');
    await expect.poll(() => printSize(page), TIME).toEqual([300, 451]);
    await page.unroute('**/transform');
    expect(asked).toBe(2);
  });

  test('its form is the registry: every operation, with every option', async () => {
    const page = await open();
    await develop(page, 'coffee');
    await page.route('**/transform', (route) => route.abort());
    for (const name of OPERATION_NAMES) {
      await add(page, name);
      const fields = step(page, name).last().locator('.field');
      expect(await fields.count(), name).toBe(Object.keys(operations[name].options.shape).length);
    }
    const side = option(page, 'resize', 'Width, px');
    expect([await side.getAttribute('max'), await side.getAttribute('step')]).toEqual(['16384', '1']);
    expect(await option(page, 'resize', 'If the shape differs').locator('option').count()).toBe(5);
  });

  test('a chain in the order of its steps, changed by buttons, by keys and by dragging', async () => {
    const page = await open();
    await develop(page, 'coffee');
    await step(page, 'grayscale').getByRole('button', { name: 'Remove' }).click();
    await page.getByText('Add a step to see').waitFor(TIME);
    await add(page, 'resize');
    // A step that is not finished is no failure.
    await page.locator('.result-facts').getByText('Resize needs "width" or "height"').waitFor(TIME);
    expect(await page.locator('.errors').count()).toBe(0);
    await option(page, 'resize', 'Width, px').fill('100');
    await option(page, 'resize', 'Height, px').fill('50');
    await add(page, 'rotate');
    await expect.poll(() => printSize(page), TIME).toEqual([50, 100]);
    await page.getByRole('button', { name: 'Move Rotate up' }).click();
    await expect.poll(() => printSize(page), TIME).toEqual([100, 50]);
    expect(await page.locator('#status').textContent()).toBe('Rotate is step 1 of 2.');
    expect(await page.evaluate('document.activeElement.getAttribute("aria-label")')).toBe('Move Rotate down');
    await page.keyboard.press('Alt+ArrowDown');
    expect(await steps(page)).toEqual(['Resize', 'Rotate']);
    const from = await step(page, 'rotate').locator('.grip').boundingBox();
    const to = await step(page, 'resize').boundingBox();
    await page.mouse.move((from?.x ?? 0) + 8, (from?.y ?? 0) + 8);
    await page.mouse.down();
    await page.mouse.move((from?.x ?? 0) + 8, (to?.y ?? 0) + 4, { steps: 6 });
    await page.mouse.up();
    expect(await steps(page)).toEqual(['Rotate', 'Resize']);
    await expect.poll(() => printSize(page), TIME).toEqual([100, 50]);
  });

  test('the chain stays for the next picture; the result is saved as another kind', async () => {
    const page = await open();
    await develop(page, 'coffee');
    await add(page, 'rotate');
    await expect.poll(() => printSize(page), TIME).toEqual([400, 600]);
    await page.setInputFiles('#image', photo('cat'));
    await expect.poll(() => printSize(page), TIME).toEqual([300, 451]);
    await page.locator('#darkroom').getByText('Save as', { exact: true }).click();
    await page.locator('#darkroom .chain > .more').getByLabel('Format').selectOption('webp');
    const link = page.locator('.result-facts .download');
    await expect.poll(() => link.getAttribute('download'), TIME).toBe('cat-obscura.webp');
    const [download] = await Promise.all([page.waitForEvent('download'), link.click()]);
    expect(await sharp(await savedBytes(download)).metadata()).toMatchObject({
      format: 'webp',
      width: 300,
      height: 451,
    });
  });

  test('a value that is not allowed is said in words, and nothing is sent; facts come as facts', async () => {
    const page = await open();
    await develop(page, 'cat');
    await add(page, 'blur');
    await printSize(page);
    await option(page, 'blur', 'Radius, px').fill('1000');
    await page.locator('.result-facts').getByRole('alert').waitFor(TIME);
    expect(await page.locator('.result-facts').getByRole('button', { name: 'Try again' }).count()).toBe(0);
    await step(page, 'blur').getByRole('button', { name: 'Remove' }).click();
    await add(page, 'info');
    const told = page.locator('.compare .told');
    await told.waitFor(TIME);
    const rows = await told.locator('tr').allTextContents();
    expect(rows).toEqual(expect.arrayContaining(['width451', 'file formatjpeg']));
    expect(JSON.parse((await told.locator('.raw').textContent()) ?? '')).toMatchObject({ width: 451 });
  });

  test('a second picture is laid over the first', async () => {
    const page = await open();
    await develop(page, 'coffee');
    await add(page, 'watermark');
    await page.locator('.result-facts').getByText('Choose the picture that is laid over').waitFor(TIME);
    await step(page, 'watermark').locator('input[type=file]').setInputFiles(photo('rocket'));
    await page.locator('.result-facts .download').waitFor(TIME);
    expect(await printSize(page)).toEqual([600, 400]);
  });

  test('a picture that came by its address is asked for by it', async () => {
    const page = await open('', { permissions: ['clipboard-read', 'clipboard-write'] });
    const source = `${url()}/function/frontend-fn/samples/rocket.jpg`;
    await page.locator('#address').fill(source);
    await page.locator('#address').press('Enter');
    await seen(page);
    await done(page);
    expect(await copySize(page, 'grayscale')).toEqual([600, 400]);
    await page.locator('[data-copy=url]').click();
    await page.locator('.copy-as').getByText('Copied').waitFor(TIME);
    const answer = await fetch(await page.evaluate<string>('navigator.clipboard.readText()'));
    expect(answer.headers.get('content-type')).toBe('image/jpeg');
    expect(answer.headers.get('x-image-width')).toBe('600');
  });

  test('copied, it says what the darkroom does', async () => {
    const page = await open('', { permissions: ['clipboard-read', 'clipboard-write'] });
    await develop(page, 'cat');
    await add(page, 'watermark');
    await step(page, 'watermark').locator('input[type=file]').setInputFiles(photo('rocket'));
    await page.locator('[data-copy=curl]').click();
    await page.locator('.copy-as').getByText('Copied').waitFor(TIME);
    expect(await page.evaluate('navigator.clipboard.readText()')).toBe(
      [
        "curl -f -F 'image=@cat.jpg' -F 'watermark=@rocket.jpg' --form-string 'chain=grayscale;watermark'",
        `'${url()}/function/transform-fn' -o out.jpg`,
      ].join(' '),
    );
  });
});
