import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { FIREFOX, type Firefox, openFirefox } from './firefox.ts';
import { TIME } from './page-visit.ts';
import { sharedSystem } from './shared.ts';

/* The page in the other engine: labels, copies, before and after, zoom, a crop. */

if (!FIREFOX) console.log('no Firefox here, so the page is not driven in it; set FIREFOX to the path of one');

describe.skipIf(!FIREFOX)('the page in Firefox', () => {
  let firefox: Firefox;
  let url: string;
  beforeAll(async () => {
    [firefox, { url }] = await Promise.all([openFirefox(), sharedSystem('page')]);
  }, 120_000);
  afterAll(() => firefox?.close());

  const text = (selector: string) =>
    firefox.run<string | null>(`return document.querySelector(${JSON.stringify(selector)})?.textContent ?? null`);
  const click = (selector: string) => firefox.run(`document.querySelector(${JSON.stringify(selector)}).click()`);
  /** The size of the picture that came out, once nothing is under way. */
  const size = () =>
    firefox.run<number[] | null>(`
      const image = document.querySelector('.compare:not([aria-busy]) .after');
      return image?.complete ? [image.naturalWidth, image.naturalHeight] : null`);
  const isApart = () => firefox.run<boolean>("return document.querySelector('.compare').classList.contains('apart')");

  test('labels, copies and the darkroom', async () => {
    await firefox.open(`${url}/function/frontend-fn/`);
    await click('[data-sample="coffee.jpg"]');
    await expect.poll(() => text('#results:not([aria-busy]) .ranking .label'), TIME).toMatch(/cup|coffee/);
    await expect.poll(size, TIME).toEqual([600, 400]);
    expect(await isApart()).toBe(false);
    await click('#darkroom [data-add=rotate]');
    await expect.poll(size, TIME).toEqual([400, 600]);
    expect(await isApart()).toBe(true);
    await click('.zoom button:last-child');
    expect(await text('.zoom-percent')).toBe('200 %');
    await click('.undo button');
    await expect.poll(size, TIME).toEqual([600, 400]);
    await click('#darkroom [data-add=crop]');
    await expect.poll(() => text('.crop-tools .button'), TIME).toBe('Done');
    await click('.crop-tools .button');
    await expect.poll(size, TIME).toEqual([480, 320]);
  }, 240_000);

  test('nothing is wider than the window, and nothing was refused', async () => {
    expect(await firefox.run('return document.documentElement.scrollWidth - innerWidth')).toBeLessThanOrEqual(0);
    expect(await firefox.run('return document.querySelectorAll(".trouble").length')).toBe(0);
  });
});
