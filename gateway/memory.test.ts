import { describe, expect, it } from 'vitest';
import { parseMemory, residentBytes, showMemory } from './memory.ts';

describe('amounts of memory', () => {
  it.each([
    ['512Mi', 512 * 1024 ** 2],
    ['1.5Gi', 1.5 * 1024 ** 3],
    ['100k', 100_000],
    ['2G', 2e9],
    ['1000000', 1_000_000],
  ])('%s', (text, bytes) => expect(parseMemory(text)).toBe(bytes));

  it.each(['', '0', '0Mi', 'lots', '-1Mi', '1 Mi', '1mi', '512m', '1e3', '9'.repeat(400)])('%s is none', (text) =>
    expect(parseMemory(text)).toBeUndefined(),
  );

  it('are shown for people', () => expect(showMemory(512 * 1024 ** 2)).toBe('512 MiB'));
});

describe.runIf(process.platform === 'linux')('the memory of a process', () => {
  it('is what it holds now', async () => {
    const bytes = await residentBytes(process.pid);
    expect(Math.abs((bytes ?? 0) - process.memoryUsage().rss)).toBeLessThan(50 * 1024 ** 2);
  });

  it('is not known of one that is gone', async () => {
    expect(await residentBytes(2 ** 30)).toBeUndefined();
  });
});
