import sharp from 'sharp';
import { expect, test, vi } from 'vitest';
import { releaseBuffers } from './garbage.ts';

const MIB = 1024 * 1024;
const external = () => process.memoryUsage().arrayBuffers;

test('buffers that nobody holds are gone, those that somebody holds stay', async () => {
  const held = Buffer.alloc(50 * MIB);
  // Read while both buffers are referenced: V8 may collect at any time, also what other tests left.
  const most = (() => {
    const passing = Buffer.alloc(100 * MIB);
    return [external(), passing.length] as const;
  })();
  expect(most[0]).toBeGreaterThanOrEqual(150 * MIB);
  // V8 sweeps buffers on a thread of its own, after the collection itself.
  await vi.waitFor(async () => {
    await releaseBuffers();
    expect(external()).toBeLessThanOrEqual(most[0] - 100 * MIB);
  });
  expect(external()).toBeGreaterThanOrEqual(held.length);
});

test('so is the memory of a native library, at once', async () => {
  const before = process.memoryUsage().external;
  const create = { width: 5_000, height: 5_000, channels: 3 as const, background: '#888' };
  const decode = async () => (await sharp({ create }).raw().toBuffer({ resolveWithObject: true })).data.length;
  expect(await decode()).toBe(75_000_000);
  await releaseBuffers();
  expect(process.memoryUsage().external).toBeLessThan(before + 8 * MIB);
});
