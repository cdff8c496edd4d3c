import { expect, test } from 'vitest';
import { createSemaphore } from './limiter.ts';
import { SMALL_BYTES, Uploads } from './uploads.ts';

const { signal } = new AbortController();

test('small bodies that stand still are ended when another needs their room', async () => {
  const uploads = new Uploads({ large: createSemaphore(1, 1), small: createSemaphore(SMALL_BYTES, 8) });
  const refused: string[] = [];
  const slow = await uploads.admit(SMALL_BYTES, signal, ({ code }) => {
    refused.push(code);
    slow.giveBack();
  });
  (await uploads.admit(1_000, signal, () => undefined)).giveBack();
  expect(refused).toEqual(['busy']);
});

test('a body that has come is not slow, however long its request takes', async () => {
  const uploads = new Uploads({ large: createSemaphore(1, 1), small: createSemaphore(SMALL_BYTES, 8) });
  const refused: string[] = [];
  const served = await uploads.admit(SMALL_BYTES / 2, signal, ({ code }) => refused.push(code));
  served.complete();
  const slow = await uploads.admit(SMALL_BYTES / 2, signal, ({ code }) => {
    refused.push(`slow one ${code}`);
    slow.giveBack();
  });
  (await uploads.admit(1_000, signal, () => undefined)).giveBack();
  expect(refused).toEqual(['slow one busy']);
});
