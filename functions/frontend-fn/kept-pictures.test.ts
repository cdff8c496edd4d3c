import { randomBytes } from 'node:crypto';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test, vi } from 'vitest';
import type { Problem } from '#contract/problems';
import { picture } from '../../test/pictures.ts';
import { ask, formEvent, gateway, reset, start, stop } from './fixtures/front-end.ts';

/* A photo is uploaded once; labels and copies then name it. */

const jpeg = await picture(30, 20).jpeg().toBuffer();
beforeAll(start);
beforeEach(reset);
afterEach(() => void vi.useRealTimers());
afterAll(stop);

async function keep(): Promise<string> {
  const { headers } = await ask(await formEvent('/classify', { keep: 'true' }, jpeg));
  return String(headers['x-picture-kept']);
}

const refusal = (kept: string): Promise<Problem | undefined> =>
  ask({ path: '/classify', query: { kept } }).then(
    () => undefined,
    (problem: Problem) => problem,
  );

test('labels and copies of a kept picture need no second upload', async () => {
  const kept = await keep();
  await ask({ path: '/transform', query: { kept, operation: 'rotate', angle: '90' } });
  await ask({ path: '/classify', query: { kept, labels: 'cat' } });
  expect(gateway.sent.map(({ name }) => name)).toEqual(['clip-fn', 'rotate-fn', 'clip-fn']);
  for (const { body, url } of gateway.sent) {
    expect(body.equals(jpeg)).toBe(true);
    expect(url.search).not.toMatch(/keep|kept/);
  }
});

test('only what was asked to be kept is kept, and not for ever', async () => {
  const { headers } = await ask(await formEvent('/classify', {}, jpeg));
  expect(headers['x-picture-kept']).toBeUndefined();
  vi.useFakeTimers({ toFake: ['Date'] });
  const kept = await keep();
  vi.advanceTimersByTime(9 * 60_000);
  expect(await refusal(kept)).toBeUndefined();
  vi.advanceTimersByTime(11 * 60_000);
  expect(await refusal(kept)).toMatchObject({ code: 'expired', status: 410 });
});

test.each(['nothing', '', '__proto__', '../../etc/passwd'])('%j is no name of a picture', async (name) => {
  expect(await refusal(name)).toMatchObject({ code: 'expired' });
});

test('names differ each time; a name and a picture together are one too many', async () => {
  const [one, other] = [await keep(), await keep()];
  expect(one).not.toBe(other);
  const both = ask(await formEvent('/classify', { kept: one }, jpeg));
  await expect(both).rejects.toMatchObject({ code: 'source-ambiguous' });
  await expect(ask({ path: '/transform', query: { operation: 'rotate' } })).rejects.toMatchObject({
    code: 'source-missing',
  });
});

test('the oldest make room for new ones', async () => {
  const first = await keep();
  // Bytes after the end of a JPEG are no part of the picture.
  const large = Buffer.concat([jpeg, randomBytes(12 * 2 ** 20)]);
  for (let count = 0; count < 3; count++) await ask(await formEvent('/classify', { keep: 'true' }, large));
  expect(await refusal(first)).toMatchObject({ code: 'expired' });
});
