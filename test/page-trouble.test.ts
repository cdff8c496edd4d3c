import { existsSync, readFileSync } from 'node:fs';
import type { Page } from 'playwright-core';
import sharp from 'sharp';
import { expect, test } from 'vitest';
import { describePage, done, HOSTILE, labels, photo, seen, shared, TIME, tile, trySample } from './page-visit.ts';

/* What goes wrong, what is meant to go wrong, and what is larger than a network likes. */

/** Nothing that came from outside has become an element. */
async function expectNoElements(page: Page): Promise<void> {
  expect(await page.locator('img[src="x"], svg image, [onerror], [onload], script:not([src])').count()).toBe(0);
}

describePage('the page in trouble', ({ open, url }) => {
  test('a gateway that is down, and what comes back when it is up', async () => {
    const page = await open();
    await page.route('**/classify', (route) => route.abort());
    await page.route('**/transform', (route) => route.fulfill({ status: 503, body: 'No endpoints available' }));
    await trySample(page, 'cat');
    const errors = page.locator('.errors');
    await errors.getByText('The connection broke off').waitFor(TIME);
    await errors.getByText('No replica of the function is ready').waitFor(TIME);
    await expect.poll(() => page.locator('.failed').count(), TIME).toBe(4);
    await page.unrouteAll();
    // Four things failed, and two messages say why.
    const retries = page.getByRole('button', { name: 'Try again' });
    expect(await retries.count()).toBe(2);
    for (let left = 2; left > 0; left--) await retries.first().click();
    await done(page);
    expect(await errors.count()).toBe(0);
  });

  test.each([
    ['too many requests', { status: 429, headers: { 'retry-after': '7' }, body: '' }, 'Try again in 7 s'],
    ['a function that is not deployed', { status: 404, body: 'error finding function' }, 'Is it deployed?'],
    ['a function that died', { status: 502, body: '<html>Bad gateway' }, 'stopped before it answered'],
    [
      'an answer that is none',
      { status: 200, contentType: 'text/html', body: '<b>hello' },
      'not what this page expects',
    ],
  ])('%s', async (_, answer, words) => {
    const page = await open();
    await page.route('**/classify', (route) => route.fulfill(answer));
    await trySample(page, 'cat');
    await page.locator('.errors').getByText(words).waitFor(TIME);
    await page.unrouteAll();
    await page.getByRole('button', { name: 'Try again' }).click();
    await seen(page);
  });

  test('a picture too large for the gateway is named, and the page begins anew', async () => {
    const page = await open();
    await page.route('**/classify', (route) => route.fulfill({ status: 413, body: 'too large' }));
    await trySample(page, 'cat');
    await page.getByText('cat.jpg: The picture is larger than the gateway takes').waitFor(TIME);
    expect(await page.locator('main').getAttribute('data-state')).toBe('empty');
  });

  test('offline', async () => {
    const page = await open();
    await page.context().setOffline(true);
    await page.setInputFiles('#image', photo('cat'));
    await page.locator('.errors').getByText('You are offline').waitFor(TIME);
    await page.context().setOffline(false);
    await page
      .locator('.errors .trouble', { hasText: 'You are offline' })
      .getByRole('button', { name: 'Try again' })
      .click();
    await seen(page);
  });

  test('a function that sleeps says so after some seconds', async () => {
    const page = await open();
    await page.route('**/classify', async (route) => {
      await new Promise((resolve) => setTimeout(resolve, 4_000));
      await route.continue();
    });
    await trySample(page, 'cat');
    await page.locator('#results').getByText('The function was asleep and is starting').waitFor(TIME);
    await seen(page);
  });

  test('nothing that comes from outside becomes part of the page', async () => {
    const page = await open();
    const evil = [HOSTILE, `"><svg onload=alert(1)>`, '<script>alert(1)</script>'];
    const set = { name: 'evil', title: HOSTILE, count: 3, labels: evil };
    await page.route('**/labelsets', (route) => route.fulfill({ json: { labelsets: [set] } }));
    await page.route('**/classify', (route) => {
      const found = evil.map((label, index) => ({ label, score: 0.3, cosine: index / 10 }));
      return route.fulfill({ json: { model: HOSTILE, labels: found, unknown: false, hint: HOSTILE } });
    });
    await page.route('**/transform', (route) => {
      const problem = { status: 400, code: 'option-invalid', detail: HOSTILE };
      return route.fulfill({ status: 400, contentType: 'application/problem+json', body: JSON.stringify(problem) });
    });
    const tableText = `| a | b |\n|---|---|\n| ${HOSTILE} | \`${HOSTILE}\` |`;
    const card = `# x\n\n## ${HOSTILE}\n\n[a](javascript:alert(1)) **${HOSTILE}**\n\n${tableText}`;
    const model = {
      id: HOSTILE,
      source: HOSTILE,
      licence: HOSTILE,
      imageSize: 1,
      contextLength: 1,
      minCosine: 0,
      card,
    };
    await page.route('**/model', (route) => route.fulfill({ json: model }));
    await page.reload();
    const file = { mimeType: 'image/jpeg', buffer: readFileSync(photo('cat')) };
    await page.setInputFiles('#image', [
      { ...file, name: `${HOSTILE}.jpg` },
      { ...file, name: `${evil[1]}.jpg` },
    ]);
    await seen(page);
    expect(await labels(page)).toEqual(evil);
    await page.locator('.errors').getByText(HOSTILE).waitFor(TIME);
    await page.locator('#set-search').fill('script');
    await page.locator('.hit').waitFor(TIME);
    await page.locator('.model').click();
    await page.locator('.card-body table').waitFor(TIME);
    await expectNoElements(page);
    expect(await page.locator('a[href^="javascript"]').count()).toBe(0);
  });

  test('an SVG with a script is refused, and never runs', async () => {
    const page = await open();
    const content = '<script>alert(1)</script><image href="x" onerror="alert(1)"/>';
    const svg = `<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9">${content}</svg>`;
    await page.setInputFiles('#image', { name: 'a.svg', mimeType: 'image/svg+xml', buffer: Buffer.from(svg) });
    await page.getByText('a.svg: This is an SVG').waitFor(TIME);
    await expectNoElements(page);
  });

  test('a huge photo that lies on its side goes out small and upright, and is named as the whole one', async () => {
    const whole = await sharp(photo('cat')).resize(3_600, 2_400).png({ compressionLevel: 1 }).toBuffer();
    const kind = { quality: 100, chromaSubsampling: '4:4:4' };
    const lying = await sharp(whole).rotate(270).jpeg(kind).withMetadata({ orientation: 6 }).toBuffer();
    expect(lying.length).toBeGreaterThan(1_000_000);
    const page = await open();
    await page.setInputFiles('#image', { name: 'huge.jpg', mimeType: 'image/jpeg', buffer: lying });
    await seen(page);
    expect(await page.locator('#picture .facts').textContent()).toContain('3600 × 2400 px');
    await page.getByText('Resized for labelling; results barely change: 1152 × 768 px').waitFor(TIME);
    const shown = await page.locator('.figures .cosine').allTextContents();
    const query = 'labelset=everyday&top=5';
    const answer = await fetch(`${url()}/function/clip-fn?${query}`, { method: 'POST', body: new Uint8Array(lying) });
    const { labels: expected } = (await answer.json()) as { labels: { label: string; cosine: number }[] };
    expect((await labels(page))[0]).toBe(expected[0]?.label);
    for (const [index, { cosine }] of expected.entries())
      expect(Math.abs(Number(shown[index]) - cosine)).toBeLessThan(0.01);
    // The darkroom has the whole one, turned as it was meant.
    await tile(page, 'grayscale').getByText('3600 × 2400 px').waitFor(TIME);
  });

  test.skipIf(!existsSync(shared))(
    'real photos sent smaller are named as the whole ones (../shared/samples)',
    async () => {
      const page = await open();
      for (const name of ['large-candle', 'large-colorful-sneaker', 'large-shiny-sneaker']) {
        await page.setInputFiles('#image', `${shared}${name}.jpg`);
        await page.locator('#picture .name', { hasText: name }).waitFor(TIME);
        await page.getByText('Resized for labelling').waitFor(TIME);
        await seen(page);
        const cosines = (await page.locator('.figures .cosine').allTextContents()).map(Number);
        const body = new Uint8Array(readFileSync(`${shared}${name}.jpg`));
        const answer = await fetch(`${url()}/function/clip-fn?labelset=everyday&top=5`, { method: 'POST', body });
        const { labels: whole } = (await answer.json()) as { labels: { label: string; cosine: number }[] };
        const shown = await labels(page);
        expect(shown[0]).toBe(whole[0]?.label);
        // Places further down may swap where two labels fit equally well: only what both name is compared.
        const both = whole.filter(({ label }) => shown.includes(label));
        expect(both.length).toBeGreaterThanOrEqual(4);
        const moved = both.map(({ label, cosine }) => Math.abs(cosine - (cosines[shown.indexOf(label)] ?? 0)));
        expect(Math.max(...moved)).toBeLessThan(0.01);
      }
    },
  );
});
