import { describe, expect, it } from 'vitest';
import { childrenKept, memoryLimit, piecesAtOnce, shares } from './memory.ts';

const files = (all: Record<string, string>) => (file: string) => all[file];

describe('the memory limit', () => {
  it('is the smallest of a control group of version 2 and of those above it', () => {
    const read = files({
      '/proc/self/cgroup': '0::/pods/one\n',
      '/sys/fs/cgroup/memory.max': 'max\n',
      '/sys/fs/cgroup/pods/memory.max': '1073741824\n',
      '/sys/fs/cgroup/pods/one/memory.max': '536870912\n',
    });
    expect(memoryLimit({}, read)).toBe(512 * 2 ** 20);
  });

  it('is found in version 1, and inside a container, where only the root is seen', () => {
    const read = files({
      '/proc/self/cgroup': '4:cpu,memory:/docker/abc\n0::/\n',
      '/sys/fs/cgroup/memory/memory.limit_in_bytes': '268435456\n',
    });
    expect(memoryLimit({}, read)).toBe(256 * 2 ** 20);
  });

  it('is what the gateway says, and none where nobody says one', () => {
    const none = files({
      '/proc/self/cgroup': '4:memory:/\n',
      '/sys/fs/cgroup/memory/memory.limit_in_bytes': '9223372036854771712',
    });
    expect(memoryLimit({}, none)).toBeUndefined();
    expect(memoryLimit({ MEMORY_LIMIT_BYTES: '1000000' }, none)).toBe(1_000_000);
  });

  it('is never given out whole', () => {
    for (const limit of [384, 512, 1536]) {
      const { bodies, smallBodies, work, smallWork } = shares(limit * 2 ** 20);
      const processes = 64 * piecesAtOnce(limit * 2 ** 20) + 32 * (childrenKept() - piecesAtOnce());
      expect(bodies + smallBodies + work + smallWork).toBeLessThan((limit - 80 - processes) * 2 ** 20);
    }
  });
});
