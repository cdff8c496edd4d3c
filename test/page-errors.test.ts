import type { Page } from 'playwright-core';
import sharp from 'sharp';
import { expect, test } from 'vitest';
import { bring, describePage, done, photo, seen, sizeOf, TIME } from './page-visit.ts';
import { pixelsOf } from './pictures.ts';

/* Errors in one place, and kinds of pictures that only the browser reads. */

const messages = (page: Page): Promise<string[]> => page.locator('.errors .trouble > p').allTextContents();
const junk = (name: string) => ({ name, mimeType: 'image/jpeg', buffer: Buffer.from(`${name} is no picture`) });

/** A photo as a bitmap of Windows: 24 bits a pixel, the lowest row first. */
async function bitmapOf(width: number, height: number): Promise<Buffer> {
  const { data, channels } = await pixelsOf(await sharp(photo('cat')).resize(width, height).png().toBuffer());
  const line = Math.ceil((width * 3) / 4) * 4;
  const bytes = Buffer.alloc(54 + line * height);
  bytes.write('BM');
  bytes.writeUInt32LE(bytes.length, 2);
  bytes.writeUInt32LE(54, 10);
  bytes.writeUInt32LE(40, 14);
  bytes.writeInt32LE(width, 18);
  bytes.writeInt32LE(height, 22);
  bytes.writeUInt16LE(1, 26);
  bytes.writeUInt16LE(24, 28);
  for (let y = 0; y < height; y++)
    for (let x = 0; x < width; x++)
      for (let channel = 0; channel < 3; channel++)
        bytes[54 + (height - 1 - y) * line + x * 3 + channel] = data[
          (y * width + x) * channels + 2 - channel
        ] as number;
  return bytes;
}

describePage('errors on the page', ({ open }) => {
  test('newest first, each closed by itself, none pushes the page, and all gone with the next good photo', async () => {
    const page = await open();
    await bring(page, 'cat');
    const before = await page.locator('#picture').boundingBox();
    for (const name of ['one.jpg', 'two.jpg', 'three.jpg']) {
      await page.setInputFiles('#image', junk(name));
      await page.locator('.errors').getByText(name).waitFor(TIME);
    }
    // A photo that is taken mends what was refused before; these three are refused by the function, after they are in.
    await page.setInputFiles('#image', [junk('four.jpg'), junk('five.jpg'), junk('six.jpg')]);
    await expect.poll(async () => (await messages(page)).length, TIME).toBe(3);
    const all = await messages(page);
    await page.getByRole('button', { name: 'Close this message' }).first().click();
    expect(await messages(page)).toEqual(all.slice(1));
    expect(await page.evaluate('document.activeElement.className')).toContain('close');
    await page.setInputFiles('#image', { name: 'empty.jpg', mimeType: 'image/jpeg', buffer: Buffer.alloc(0) });
    await expect.poll(async () => (await messages(page))[0], TIME).toContain('empty.jpg: This file is empty');
    expect((await messages(page)).slice(1)).toEqual(all.slice(1));
    expect(await page.locator('#picture').boundingBox()).toEqual(before);
    await bring(page, 'coffee');
    expect(await page.locator('.errors').count()).toBe(0);
  });

  test('a failure of one photo leaves the list when another photo is shown', async () => {
    const page = await open();
    await bring(page, 'cat');
    await page.route('**/classify', (route) => route.fulfill({ status: 502, body: '' }));
    await page.setInputFiles('#image', photo('coffee'));
    await page.locator('.errors').getByText('stopped before it answered').waitFor(TIME);
    await page.locator('#contact-sheet .open').first().click();
    await seen(page);
    await expect.poll(() => page.locator('.errors').count(), TIME).toBe(0);
  });

  test('a kind that only the browser reads is converted there', async () => {
    const page = await open();
    const file = { name: 'scan.bmp', mimeType: 'image/bmp', buffer: await bitmapOf(301, 200) };
    await page.setInputFiles('#image', file);
    await done(page);
    expect(await page.locator('#picture .name').textContent()).toBe('scan.png');
    expect(await sizeOf(page.locator('#picture img'))).toEqual([301, 200]);
    expect(await page.locator('.verdict').textContent()).toBe('Cat, quite sure');
    expect(await page.locator('.errors').count()).toBe(0);
  });

  test('HEIC that the browser cannot read is refused with how to convert it; the other photos are fine', async () => {
    const page = await open();
    const heic = Buffer.from('\0\0\0\x18ftypheic\0\0\0\0mif1heic', 'latin1');
    await page.setInputFiles('#image', { name: 'IMG_1.HEIC', mimeType: 'image/heic', buffer: heic });
    await page.locator('.errors').getByText('IMG_1.HEIC: This is a HEIC photo').waitFor(TIME);
    expect((await messages(page))[0]).toMatch(/Safari.*Preview.*Most Compatible/);
    await bring(page, 'cat');
    expect(await page.locator('.errors').count()).toBe(0);
  });
});
