import { expect, test } from 'vitest';
import { parseOptions } from '#contract/options';
import { edge, step } from '../../../test/pictures.ts';
import { transformOne } from '../transform-in-child.ts';
import { sharpen } from './sharpen.ts';

test('sharpen steepens an edge and leaves flat areas; amount 0 does nothing', async () => {
  const input = await step(64, 100, 200).blur(2).png().toBuffer();
  const before = await edge(input);
  const after = await edge(
    (await transformOne(input, 'sharpen', parseOptions(sharpen.options, { sigma: 2, amount: 2 }))).bytes,
  );
  expect(after.jump).toBeGreaterThan(before.jump * 1.2);
  expect([after.left, after.right]).toEqual([100, 200]);
  const none = await edge((await transformOne(input, 'sharpen', parseOptions(sharpen.options, { amount: 0 }))).bytes);
  expect(Math.abs(none.jump - before.jump)).toBeLessThanOrEqual(1);
});
