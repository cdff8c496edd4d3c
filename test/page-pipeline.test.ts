import type { Download, Page } from 'playwright-core';
import sharp from 'sharp';
import { expect, test } from 'vitest';
import { describePage, HOSTILE, photo, savedBytes, seen, TIME } from './page-visit.ts';

/* Pictures through several functions, with a timeline that grows as steps finish. */

const LONG = { timeout: 60_000 };
const editor = (page: Page) => page.locator('#pipeline .step-list');

/** Makes the pipeline one of these steps, so that no test waits for what it does not look at. */
async function setSteps(page: Page, names: string[]): Promise<void> {
  await page.getByText('Change the steps').click();
  while ((await editor(page).locator('.step').count()) > 0) await editor(page).locator('[data-remove]').first().click();
  for (const name of names) await editor(page).locator(`[data-add="${name}"]`).click();
}

async function save(page: Page, name: string): Promise<Download> {
  const [download] = await Promise.all([
    page.waitForEvent('download'),
    page.getByRole('button', { name, exact: true }).click(),
  ]);
  return download;
}

describePage('the pipeline', ({ open }) => {
  test('two pictures at once: lines, pictures in between, labels, and three files to keep', async () => {
    const page = await open();
    await page.setInputFiles('#image', [photo('cat'), photo('rocket')]);
    await seen(page);
    await setSteps(page, ['grayscale', 'rotate', 'classify']);
    expect(await page.locator('#pipeline .flow').textContent()).toBe('GrayRotateLabel');
    await page.getByRole('button', { name: 'Run it on 2 pictures' }).click();
    await page
      .getByText(/^2 pictures in/)
      .first()
      .waitFor(LONG);
    const lines = page.locator('.timeline tbody:not(.medians) tr:has(.track)');
    expect(await lines.locator('th').allTextContents()).toEqual(
      Array(2).fill(['grayscale', 'rotate', 'classify']).flat(),
    );
    expect(await lines.locator('.figure').allTextContents()).not.toContain('');
    expect(await page.locator('.medians .track').count()).toBe(3);
    const ways = page.locator('.picture-strip');
    expect(await ways.first().locator('figcaption').allTextContents()).toEqual([
      expect.stringMatching(/^original/),
      expect.stringMatching(/^grayscale451 × 300 px/),
      expect.stringMatching(/^rotate300 × 451 px/),
    ]);
    expect(await ways.nth(1).locator('.strip-result').textContent()).toMatch(/, \d+\.\d%|Probably none of these/);

    const svg = String(await savedBytes(await save(page, 'Timeline SVG')));
    expect(svg).toContain('<svg xmlns');
    const png = await sharp(await savedBytes(await save(page, 'Timeline PNG'))).metadata();
    expect([png.format, png.width]).toEqual(['png', 2_680]);
    const csv = String(await savedBytes(await save(page, 'Latencies CSV')));
    expect(csv.trim().split('\r\n')).toHaveLength(7);
  });

  test('lines are drawn as steps finish, and also where a gateway holds the events back', async () => {
    const page = await open();
    await page.setInputFiles('#image', photo('cat'));
    await seen(page);
    const record = {
      function: 'x-fn',
      ms: { queue: 1, call: 50, work: 20 },
      start: 0,
      tries: 1,
      bytes: 9,
      width: 1,
      height: 1,
    };
    const events = [
      ['begun', { steps: [{ name: HOSTILE, function: 'x-fn' }] }],
      ['step', { picture: 0, name: HOSTILE, ...record }],
      ['picture', { picture: 0, labels: [{ label: HOSTILE, score: 1, cosine: 1 }] }],
      ['done', {}],
    ];
    const body = events.map(([event, data]) => `event: ${event}\ndata: ${JSON.stringify(data)}\n\n`).join('');
    await page.route('**/pipeline', (route) =>
      route.fulfill({ contentType: 'text/event-stream', body: `: begun\n\n${body}` }),
    );
    await page.locator('#run').click();
    await page.locator('.strip-result', { hasText: HOSTILE }).waitFor(TIME);
    expect(await page.locator('.timeline tbody th').textContent()).toBe(HOSTILE);
    expect(await page.locator('#pipeline img[src="x"]').count()).toBe(0);
  });

  test('a step that fails, a run that breaks off and one that is stopped leave words and a way on', async () => {
    const page = await open();
    await page.setInputFiles('#image', photo('cat'));
    await seen(page);
    const problem = JSON.stringify({ status: 502, code: 'function-failed', detail: `The step ${HOSTILE} failed.` });
    const answers = [
      { contentType: 'text/event-stream', body: `event: failed\ndata: ${problem}\n\n` },
      { contentType: 'text/event-stream', body: 'event: begun\ndata: {"steps":[]}\n\n' },
      { status: 429, headers: { 'retry-after': '3' }, body: 'busy' },
    ];
    await page.route('**/pipeline', (route) => route.fulfill(answers.shift()));
    await page.locator('#run').click();
    const errors = page.locator('.errors');
    for (const words of [`The step ${HOSTILE} failed.`, 'The run broke off', 'Try again in 3 s']) {
      await errors.getByText(words).waitFor(TIME);
      if (answers.length > 0) await errors.getByRole('button', { name: 'Try again' }).click();
    }
    await page.unroute('**/pipeline');
    await page.route('**/pipeline', () => new Promise(() => {}));
    await errors.getByRole('button', { name: 'Try again' }).click();
    await page.getByRole('button', { name: 'Stop' }).click();
    expect(await page.locator('#run').isEnabled()).toBe(true);
    await page.unroute('**/pipeline');
    await setSteps(page, ['flip']);
    await page.locator('#run').click();
    await page
      .getByText(/^One picture in/)
      .first()
      .waitFor(LONG);
  });

  test('the step that is worked on is marked, and the time runs', async () => {
    const page = await open();
    await page.setInputFiles('#image', photo('cat'));
    await seen(page);
    await setSteps(page, ['grayscale', 'rotate']);
    const events = (list: [string, object][]) =>
      list.map(([event, data]) => `event: ${event}\\ndata: ${JSON.stringify(data)}\\n\\n`).join('');
    const steps = [
      { name: 'grayscale', function: 'grayscale-fn' },
      { name: 'rotate', function: 'rotate-fn' },
    ];
    const done = { picture: 0, name: 'grayscale', ms: { queue: 1, call: 5, work: 2 }, start: 0, tries: 1, bytes: 9 };
    // A stream whose next events the test lets go.
    await page.evaluate(`{
      const { fetch } = globalThis;
      globalThis.fetch = (input, options) => input !== 'pipeline' ? fetch(input, options) :
        Promise.resolve(new Response(new ReadableStream({ start: (controller) => {
          const send = (text) => controller.enqueue(new TextEncoder().encode(text));
          send('${events([['begun', { steps }]])}');
          globalThis.next = () => send('${events([['step', done]])}');
          globalThis.end = () => send('${events([['done', {}]])}');
        } })));
    }`);
    await page.locator('#run').click();
    const current = page.locator('#pipeline .flow [aria-current=step]');
    await expect.poll(() => current.allTextContents(), TIME).toEqual(['Gray']);
    await page.locator('#pipeline').getByText('Running: Gray.').waitFor(TIME);
    const clock = page.locator('.stopwatch');
    const before = await clock.textContent();
    await expect.poll(() => clock.textContent(), TIME).not.toBe(before);
    await page.evaluate('next()');
    await expect.poll(() => current.allTextContents(), TIME).toEqual(['Rotate']);
    expect(await page.locator('.timeline [aria-current] th').allTextContents()).toEqual(['rotate']);
    await page.evaluate('end()');
    await page
      .getByText(/^One picture in/)
      .first()
      .waitFor(TIME);
    expect(await current.count()).toBe(0);
  });

  test('a job is listed with its links, and so it is after a reload', async () => {
    const page = await open();
    await page.setInputFiles('#image', photo('cat'));
    await seen(page);
    await setSteps(page, ['grayscale', 'rotate']);
    await page.locator('#run-job').click();
    const job = page.locator('.jobs li');
    await page.locator('.jobs li[data-state=done]').waitFor(LONG);
    expect(await job.textContent()).toMatch(/^Done.*2 of 2 steps.*Answer.*Timeline.*Latencies$/);
    await page.reload();
    await page.setInputFiles('#image', photo('cat'));
    await page.locator('.jobs li[data-state=done]').waitFor(LONG);
    const address = await job.getByText('Latencies').getAttribute('href');
    const answer = await page.request.get(new URL(address ?? '', page.url()).href);
    expect([answer.status(), (await answer.text()).trim().split('\r\n').length]).toEqual([200, 3]);
    await page.getByRole('button', { name: 'Clear the list' }).click();
    expect(await job.count()).toBe(0);
  });
});
