import { afterAll, beforeAll, expect, test } from 'vitest';
import { gradient } from '../../test/pictures.ts';
import { runKernel, useKernelWorker } from './kernel-runner.ts';
import { kernels } from './kernels/index.ts';
import type { Pixels } from './pixels.ts';

const pixels = (width: number, height: number): Pixels => ({
  data: gradient(width, height),
  width,
  height,
  channels: 3,
});

/** How long this thread could not answer, at worst, in milliseconds. */
async function longestPause(work: Promise<unknown>): Promise<number> {
  let worst = 0;
  let last = performance.now();
  const timer = setInterval(() => {
    worst = Math.max(worst, performance.now() - last);
    last = performance.now();
  }, 5);
  await work;
  clearInterval(timer);
  return worst;
}

// The bundle that build.setup.ts has made.
beforeAll(() => useKernelWorker(new URL('../../dist/denoise-fn/worker.js', import.meta.url)));
afterAll(() => useKernelWorker(undefined));

test('a worker gives what the kernel gives, again and again', async () => {
  const options = { mode: 'bilateral', strength: 2 } as const;
  const expected = kernels.denoise(pixels(64, 48), options);
  for (let times = 0; times < 3; times++) {
    const result = await runKernel('denoise', pixels(64, 48), options, 10_000);
    expect(result).toMatchObject({ width: 64, height: 48, channels: 3 });
    expect(Buffer.compare(result.data, expected.data)).toBe(0);
  }
});

test('this thread goes on answering meanwhile', async () => {
  const noise = pixels(700, 500);
  for (let at = 0; at < noise.data.length; at++)
    noise.data[at] = ((noise.data[at] as number) + ((at * 7_919) % 23)) % 256;
  const started = performance.now();
  const pause = await longestPause(runKernel('denoise', noise, { mode: 'nlm', strength: 1 }, 20_000));
  expect(pause).toBeLessThan((performance.now() - started) / 2);
});

test('what takes too long is ended, and the next job gets a fresh thread', async () => {
  const late = runKernel('denoise', pixels(2_000, 1_500), { mode: 'nlm', strength: 1 }, 50);
  await expect(late).rejects.toMatchObject({ code: 'timed-out', status: 504 });
  const result = await runKernel('denoise', pixels(20, 20), { mode: 'auto', strength: 1 }, 10_000);
  expect(result.width).toBe(20);
});
