import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { Problem } from '#contract/problems';
import { concurrently } from './concurrently.ts';
import type { Input } from './inputs.ts';

const inputs: Input[] = Array.from({ length: 12 }, (_, i) => ({
  name: String(i),
  relative: String(i),
  from: 'file',
  listed: false,
}));
const rules = { jobs: 3, signal: new AbortController().signal, onOutcome: () => {}, onProgress: () => {} };

test('no more than allowed at once, told in order, failures alone', async () => {
  let [running, most] = [0, 0];
  const told: string[] = [];
  const failed = await concurrently(
    inputs,
    async ({ name }) => {
      most = Math.max(most, ++running);
      await sleep(Number(name) % 3 === 0 ? 12 : 2);
      running--;
      if (name === '4') throw new Problem('picture-damaged', 'Broken.');
      return `${name} done`;
    },
    { ...rules, onOutcome: (outcome) => told.push('failure' in outcome ? outcome.failure.message : outcome.output) },
  );
  expect(most).toBe(3);
  expect(failed).toBe(1);
  expect(told).toEqual(inputs.map(({ name }) => (name === '4' ? 'Broken.' : `${name} done`)));
});

test('a fault of ours is not passed off as a picture’s', async () => {
  await expect(concurrently(inputs, () => Promise.reject(new TypeError('ours')), rules)).rejects.toThrow('ours');
});

test('after Ctrl-C nothing new begins', async () => {
  const left = new AbortController();
  let begun = 0;
  await concurrently(
    inputs,
    async () => {
      if (++begun === 4) left.abort();
      await sleep(1);
      return '';
    },
    { ...rules, signal: left.signal },
  );
  expect(begun).toBeLessThan(8);
});
