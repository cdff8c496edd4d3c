import { expect, test } from 'vitest';
import { parseOptions } from '#platform/options';
import { pixelsOf, step } from '../../../test/pictures.ts';
import { transformOne } from '../transform.ts';
import { blur } from './blur.ts';
import { sharpen } from './sharpen.ts';

/** Steepness at an edge, and what lies far from it. */
async function edge(bytes: Buffer) {
  const { data, width, channels } = await pixelsOf(bytes);
  const value = (x: number) => data[x * channels] as number;
  return {
    jump: value(width / 2) - value(width / 2 - 1),
    left: value(0),
    right: value(width - 1),
    low: value(width / 2 - 1),
  };
}

test('blur softens an edge, the more the larger its sigma, and leaves flat areas', async () => {
  const input = await step(64, 100, 200).png().toBuffer();
  const jumps = [];
  for (const sigma of [0.6, 2, 6]) {
    const { jump, left, right } = await edge(
      (await transformOne(input, 'blur', parseOptions(blur.options, { sigma }))).bytes,
    );
    expect([left, right]).toEqual([100, 200]);
    jumps.push(jump);
  }
  expect(jumps).toEqual([...jumps].sort((a, b) => b - a));
  expect(jumps[0]).toBeLessThan(100);
  expect(jumps[2]).toBeLessThan(10);
});

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
