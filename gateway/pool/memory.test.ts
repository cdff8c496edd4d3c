import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { describe, expect, it } from 'vitest';
import { heldBytes, parseMemory } from './memory.ts';

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
});

describe.runIf(process.platform === 'linux')('the memory of a process', () => {
  it('is what it and its children hold now', async () => {
    const before = (await heldBytes(process.pid)) ?? 0;
    const holds = 'const held = Buffer.alloc(2 ** 27, 1); console.log(held.length); setInterval(() => held, 1_000);';
    const child = spawn(process.execPath, ['-e', holds], { stdio: ['ignore', 'pipe', 'inherit'] });
    await once(child.stdout, 'data');
    const grown = ((await heldBytes(process.pid)) ?? 0) - before;
    child.kill();
    expect(grown).toBeGreaterThan(2 ** 26);
  });

  it('is not known of one that is gone', async () => {
    expect(await heldBytes(2 ** 30)).toBeUndefined();
  });
});
