import type { CDPSession, Page } from 'playwright-core';
import { expect, test } from 'vitest';
import { violations } from './browser.ts';
import { add, describePage, develop, option, printSize, step, TIME } from './page-visit.ts';

/* What fingers do on the darkroom's pictures, and what mouse and keys do in their place. */

type Point = [x: number, y: number];

/** Puts fingers on the page, moves them, and lifts them. @param ways of each finger, one point after the other */
async function touch(touches: CDPSession, ...ways: Point[][]): Promise<void> {
  const length = Math.max(...ways.map((way) => way.length));
  for (let at = 0; at < length; at++) {
    const touchPoints = ways.map((way, id) => {
      const [x, y] = way[at] ?? way.at(-1) ?? [0, 0];
      return { x, y, id };
    });
    await touches.send('Input.dispatchTouchEvent', { type: at === 0 ? 'touchStart' : 'touchMove', touchPoints });
  }
  await touches.send('Input.dispatchTouchEvent', { type: 'touchEnd', touchPoints: [] });
}

async function boxOf(page: Page, selector: string) {
  const box = await page.locator(selector).boundingBox();
  if (!box) throw new Error(`${selector} is not there`);
  return box;
}

const percentOf = async (page: Page): Promise<number> =>
  Number.parseInt((await page.locator('.zoom-percent').textContent()) ?? '', 10);

const styleOf = (page: Page, name: string): Promise<number> =>
  page
    .locator('.compare')
    .evaluate(
      (it: { style: { getPropertyValue(name: string): string } }, property) =>
        Number.parseFloat(it.style.getPropertyValue(property)),
      name,
    );

describePage('fingers', ({ open }) => {
  test('two of them zoom where they are, one pans, and the page is not moved', async () => {
    const page = await open('', { hasTouch: true });
    await develop(page, 'coffee');
    await page.locator('.compare').scrollIntoViewIfNeeded();
    const touches = await page.context().newCDPSession(page);
    const fitted = await percentOf(page);
    const { x, y, width, height } = await boxOf(page, '.compare');
    const [left, middle] = [x + width / 4, y + height / 2];
    const scrolled = await page.evaluate('scrollY');
    const spread = [20, 30, 40, 50, 60];
    await touch(
      touches,
      spread.map((by): Point => [left - by, middle]),
      spread.map((by): Point => [left + by, middle]),
    );
    const zoomed = await percentOf(page);
    expect(zoomed / fitted).toBeGreaterThan(2.5);
    expect(zoomed / fitted).toBeLessThan(3.5);
    // The line between before and after stays where it was, though one finger came down on its slider.
    expect(await styleOf(page, '--at')).toBe(50);
    // What lies under the fingers stays there: the picture moves to the right.
    const shifted = await styleOf(page, '--tx');
    expect(shifted).toBeGreaterThan(0);
    await touch(touches, [
      [left, middle],
      [left - 20, middle],
      [left - 40, middle],
    ]);
    expect(await styleOf(page, '--tx')).toBeCloseTo(shifted - 40, 0);
    await touch(
      touches,
      [...spread].reverse().map((by): Point => [left - by, middle]),
      [...spread].reverse().map((by): Point => [left + by, middle]),
    );
    expect(await percentOf(page)).toBeLessThan(zoomed / 2);
    expect(await page.evaluate('scrollY')).toBe(scrolled);
  });

  test('the focal point of a resize is chosen by mouse, by touch and by keys', async () => {
    const page = await open('', { hasTouch: true });
    await develop(page, 'coffee');
    await step(page, 'grayscale').getByRole('button', { name: 'Remove' }).click();
    await add(page, 'resize');
    await option(page, 'resize', 'Width, px').fill('100');
    await option(page, 'resize', 'Height, px').fill('200');
    await option(page, 'resize', 'Part to keep').selectOption('attention');
    await page.getByRole('button', { name: 'Choose the focal point' }).click();
    const point = page.getByRole('button', { name: 'Focal point; arrow keys move it' });
    await point.waitFor(TIME);
    expect(await violations(page)).toEqual([]);
    const across = async (): Promise<number> => Number(await option(page, 'resize', 'Focal point across').inputValue());
    // Nothing is chosen by looking.
    expect(await option(page, 'resize', 'Focal point across').inputValue()).toBe('');
    await point.press('ArrowRight');
    expect(await across()).toBeGreaterThan(0.5);
    expect(await option(page, 'resize', 'Part to keep').inputValue()).toBe('centre');
    const stage = await boxOf(page, '.crop-stage');
    const { x, y, width, height } = await boxOf(page, '.focus-point');
    const [left, top] = [x + width / 2, y + height / 2];
    await page.mouse.move(left, top);
    await page.mouse.down();
    await page.mouse.move(left - 30, top, { steps: 3 });
    await page.mouse.move(stage.x - 50, top, { steps: 3 });
    await page.mouse.up();
    expect(await across()).toBe(0);
    await page.mouse.click(stage.x + stage.width * 0.75, stage.y + stage.height / 4);
    expect(await across()).toBeCloseTo(0.75, 1);
    const touches = await page.context().newCDPSession(page);
    const now = await boxOf(page, '.focus-point');
    const [from, level] = [now.x + now.width / 2, now.y + now.height / 2];
    await touch(touches, [
      [from, level],
      [from + 10, level],
      [from + 500, level],
    ]);
    expect(await across()).toBe(1);
    // The frame around the point is what is kept: here the right sixth of 3 : 2 at 1 : 2.
    const kept = await boxOf(page, '.focus-kept');
    expect(kept.x + kept.width).toBeCloseTo(stage.x + stage.width, 0);
    expect(kept.width / stage.width).toBeCloseTo(1 / 3, 1);
    await page.keyboard.press('Escape');
    await expect.poll(() => printSize(page), TIME).toEqual([100, 200]);
    // A drag is one change, however long its way was.
    await page.getByRole('button', { name: 'Undo' }).click();
    expect(await across()).toBeCloseTo(0.75, 1);
    await page.getByRole('button', { name: 'Undo' }).click();
    expect(await across()).toBe(0);
  });
});
