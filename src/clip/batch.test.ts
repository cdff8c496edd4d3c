import { expect, test } from 'vitest';
import { Problem } from '#contract/problems';
import { eachPicture } from './batch.ts';

const pictures = Array.from({ length: 9 }, (_, i) => Uint8Array.of(i));
const wait = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

test('answers stand in order, never more than the lanes at once', async () => {
  let [now, most] = [0, 0];
  const answers = await eachPicture(pictures, 3, async ([i]) => {
    now += 1;
    most = Math.max(most, now);
    await wait((9 - (i ?? 0)) % 4);
    now -= 1;
    return i;
  });
  expect(answers).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8]);
  expect(most).toBe(3);
});

test('what is wrong with one picture stays with it', async () => {
  const answers = await eachPicture(pictures.slice(0, 3), 2, async ([i]) => {
    if (i === 1) throw new Problem('picture-damaged', 'It is.');
    return i;
  });
  expect(answers).toEqual([0, expect.objectContaining({ code: 'picture-damaged' }), 2]);
});

test('what is wrong with all of them ends the request', async () => {
  const work = async () => Promise.reject(new Problem('model-missing', 'It is.'));
  await expect(eachPicture(pictures, 2, work)).rejects.toMatchObject({ code: 'model-missing' });
});
