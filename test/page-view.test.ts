import type { Page } from 'playwright-core';
import { expect, test } from 'vitest';
import { add, describePage, develop, option, printSize, step, TIME } from './page-visit.ts';

/* How the darkroom shows its work: before and after, zoom, a crop on the picture, sliders. */

const steps = (page: Page) => page.locator('#darkroom .step strong').allTextContents();

describePage('the view of the darkroom', ({ open }) => {
  test('before and after lie over each other only where they have one geometry', async () => {
    const page = await open();
    await develop(page, 'coffee');
    expect(await page.locator('.compare > input[type=range]').count()).toBe(1);
    await add(page, 'flip');
    await page.locator('.compare.apart:not([aria-busy]) .after').waitFor(TIME);
    expect(await page.locator('.compare > input[type=range]').count()).toBe(0);
    const [before, after] = await Promise.all(
      ['before', 'after'].map((side) => page.locator(`.compare .${side}`).boundingBox()),
    );
    expect((before?.x ?? 0) + (before?.width ?? 0)).toBeLessThanOrEqual(after?.x ?? 0);
    await page.getByRole('button', { name: 'Undo' }).click();
    await page.locator('.compare:not(.apart, [aria-busy]) .after').waitFor(TIME);
    await page.getByRole('button', { name: 'Redo' }).click();
    await page.locator('.compare.apart:not([aria-busy]) .after').waitFor(TIME);
    expect(await steps(page)).toEqual(['Gray', 'Mirror']);
  });

  test('zoom and pan by keys, by buttons, by wheel and by dragging; the edge of a cut-out at 200 %', async () => {
    const page = await open();
    await develop(page, 'coffee');
    const percent = page.locator('.zoom-percent');
    const moved = () =>
      page
        .locator('.compare')
        .evaluate((it: { style: { getPropertyValue(name: string): string } }) => it.style.getPropertyValue('--tx'));
    await page.locator('.compare').focus();
    await page.keyboard.press('2');
    expect(await percent.textContent()).toBe('200 %');
    await page.keyboard.press('ArrowRight');
    expect(await moved()).toBe('-40px');
    const box = await page.locator('.compare').boundingBox();
    const [x, y] = [(box?.x ?? 0) + 60, (box?.y ?? 0) + 60];
    await page.mouse.move(x, y);
    await page.mouse.down();
    await page.mouse.move(x + 30, y, { steps: 3 });
    await page.mouse.up();
    expect(await moved()).toBe('-10px');
    await page.mouse.wheel(0, -100);
    await expect.poll(() => percent.textContent(), TIME).toBe('250 %');
    await page.getByRole('button', { name: 'Fit into the frame' }).click();
    expect(await moved()).toBe('0px');
    await page.locator('#preset').selectOption('sticker');
    await page.getByRole('button', { name: 'See the edge at 200 %' }).click({ timeout: TIME.timeout });
    expect(await percent.textContent()).toBe('200 %');
  });

  test('a crop is chosen by mouse, by touch and by keys', async () => {
    const page = await open('', { hasTouch: true });
    await develop(page, 'coffee');
    await add(page, 'crop');
    const stage = page.locator('.crop-stage');
    await stage.waitFor(TIME);
    const field = (label: string) => option(page, 'crop', label).inputValue();
    expect(await field('Width, px')).toBe('480');
    const corner = page.getByRole('button', { name: 'Bottom right corner' });
    const box = await corner.boundingBox();
    const [x, y] = [(box?.x ?? 0) + 14, (box?.y ?? 0) + 14];
    await page.mouse.move(x, y);
    await page.mouse.down();
    await page.mouse.move(x - 100, y - 50, { steps: 4 });
    await page.mouse.up();
    const width = Number(await field('Width, px'));
    expect(width).toBeLessThan(480);
    await corner.press('Shift+ArrowLeft');
    expect(Number(await field('Width, px'))).toBe(width - 1);
    const move = page.getByRole('button', { name: 'The part to keep' });
    const middle = await move.boundingBox();
    const touch = await page.context().newCDPSession(page);
    const [left, top] = [(middle?.x ?? 0) + 40, (middle?.y ?? 0) + 40];
    await touch.send('Input.dispatchTouchEvent', { type: 'touchStart', touchPoints: [{ x: left, y: top }] });
    await touch.send('Input.dispatchTouchEvent', { type: 'touchMove', touchPoints: [{ x: left + 500, y: top }] });
    await touch.send('Input.dispatchTouchEvent', { type: 'touchEnd', touchPoints: [] });
    expect(Number(await field('From the left, px'))).toBe(600 - (width - 1));
    await page.locator('#crop-shape').selectOption('square');
    const side = await field('Width, px');
    expect(await field('Height, px')).toBe(side);
    await page.getByRole('button', { name: 'Done' }).click();
    await expect.poll(() => printSize(page), TIME).toEqual([Number(side), Number(side)]);
  });

  test('a slider is followed, with its bytes; fields do not lie over each other', async () => {
    const page = await open();
    await develop(page, 'coffee');
    await page.locator('#darkroom').getByText('Save as', { exact: true }).click();
    await page.locator('#darkroom .chain > .more').getByLabel('Format').selectOption('webp');
    const quality = page.getByLabel('Quality, slider');
    const bytes = page.locator('.result-facts .bytes');
    await quality.fill('90');
    await expect.poll(() => page.locator('.compare').getAttribute('aria-busy'), TIME).toBe(null);
    const before = await bytes.textContent();
    await quality.fill('20');
    await expect.poll(() => bytes.textContent(), TIME).not.toBe(before);
    await add(page, 'watermark');
    const boxes = await step(page, 'watermark')
      .locator('.field')
      .evaluateAll((fields: { getBoundingClientRect(): object }[]) =>
        fields.map(
          (field) => field.getBoundingClientRect() as { left: number; right: number; top: number; bottom: number },
        ),
      );
    const lieOver = boxes.filter((one, index) =>
      boxes.some(
        (other, place) =>
          place > index &&
          one.left < other.right &&
          other.left < one.right &&
          one.top < other.bottom &&
          other.top < one.bottom,
      ),
    );
    expect(lieOver).toEqual([]);
    const inner = await step(page, 'watermark').locator('input[type=url]').boundingBox();
    const outer = await step(page, 'watermark').boundingBox();
    expect((inner?.x ?? 0) + (inner?.width ?? 0)).toBeLessThanOrEqual((outer?.x ?? 0) + (outer?.width ?? 0));
    expect(await page.getByRole('button', { name: 'URL', exact: true }).count()).toBe(0);
  });
});
