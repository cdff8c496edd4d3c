import { expect, test } from 'vitest';
import { releaseBuffers } from './garbage.ts';

const MIB = 1024 * 1024;
const external = () => process.memoryUsage().arrayBuffers;

test('buffers that nobody holds are gone, those that somebody holds stay', () => {
  // Excludes buffers that other tests left.
  (() => Buffer.alloc(50 * MIB))();
  releaseBuffers();
  const before = external();
  const held = Buffer.alloc(50 * MIB);
  // Counted while the buffer is referenced, since V8 may collect at any time.
  const most = (() => {
    const passing = Buffer.alloc(100 * MIB);
    return [external(), passing.length] as const;
  })();
  expect(most[0] - before).toBeGreaterThanOrEqual(150 * MIB);
  releaseBuffers();
  expect(external() - before).toBeLessThan(100 * MIB);
  expect(external() - before).toBeGreaterThan(held.length - MIB);
});
