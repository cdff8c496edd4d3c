import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { build } from 'esbuild';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { ticksOf } from '../../test/processes.ts';
import { ChildPool } from './child-pool.ts';

/** A child that obeys commands. */
const CHILD = `
  import { serveChild } from ${JSON.stringify(fileURLToPath(new URL('./child.ts', import.meta.url)))};
  import { Problem } from ${JSON.stringify(fileURLToPath(new URL('../contract/problems.ts', import.meta.url)))};
  serveChild({ told: async ({ data, parts }) => {
    if (data === 'spin') while (true);
    if (data === 'die') process.kill(process.pid, 'SIGSEGV');
    if (data === 'out of memory') process.kill(process.pid, 'SIGKILL');
    if (data === 'problem')
      throw new Problem('busy', 'Later.', { members: { queue: 3 }, headers: { 'retry-after': '1' } });
    if (data === 'keep') globalThis.kept = Buffer.alloc(400 * 1024 * 1024, 1);
    if (data === 'fail') throw new TypeError('what');
    return { data: { pid: process.pid, data }, parts: parts.toReversed() };
  } });`;

let pool: ChildPool;

beforeAll(async () => {
  const folder = mkdtempSync(path.join(tmpdir(), 'obscura-child-'));
  const source = path.join(folder, 'source.ts');
  const outfile = path.join(folder, 'child.mjs');
  writeFileSync(source, CHILD);
  const resolveFrom = { absWorkingDir: fileURLToPath(new URL('../..', import.meta.url)) };
  await build({ ...resolveFrom, entryPoints: [source], outfile, bundle: true, platform: 'node', format: 'esm' });
  pool = new ChildPool(pathToFileURL(outfile));
});
afterAll(() => pool.close());

const ask = async (data: unknown, parts: Buffer[] = [], rules: { time?: number; signal?: AbortSignal } = {}) =>
  pool.run('told', { data, parts }, { time: 20_000, ...rules });
const pidOf = async () => ((await ask('who')).data as { pid: number }).pid;

test('data and bytes of any size come back from one and the same process', async () => {
  const sizes = [0, 1, 65_536, 5_000_000];
  const parts = sizes.map((size) => Buffer.alloc(size, size % 251));
  const pids = new Set<number>();
  for (let times = 0; times < 3; times++) {
    const reply = await ask({ text: 'ü', none: undefined, list: [1, Number.POSITIVE_INFINITY] }, parts);
    pids.add((reply.data as { pid: number }).pid);
    expect(reply.data).toMatchObject({ data: { text: 'ü', none: undefined, list: [1, Number.POSITIVE_INFINITY] } });
    expect(reply.parts.map(({ length }) => length)).toEqual(sizes.toReversed());
    expect(reply.parts.every((part, at) => part.equals(parts[3 - at] as Buffer))).toBe(true);
  }
  expect(pids.size).toBe(1);
});

test('a problem is thrown here with all it says, anything else with its stack', async () => {
  const problem = { code: 'busy', message: 'Later.', members: { queue: 3 }, headers: { 'retry-after': '1' } };
  await expect(ask('problem')).rejects.toMatchObject(problem);
  await expect(ask('fail')).rejects.toThrow(/TypeError: what\n {4}at/);
});

test.skipIf(process.platform !== 'linux')('work ends with its time, and when its caller leaves', async () => {
  const late = await pidOf();
  await expect(ask('spin', [], { time: 50 })).rejects.toMatchObject({ code: 'timed-out' });
  await vi.waitFor(() => expect(ticksOf(late)).toBeUndefined(), 10_000);
  const left = await pidOf();
  const caller = new AbortController();
  const spinning = ask('spin', [], { signal: caller.signal });
  const before = ticksOf(left) as number;
  await vi.waitFor(() => expect(ticksOf(left)).toBeGreaterThan(before), 10_000);
  caller.abort();
  await expect(spinning).rejects.toMatchObject({ name: 'AbortError' });
  await vi.waitFor(() => expect(ticksOf(left)).toBeUndefined(), 10_000);
  expect(await pidOf()).not.toBe(left);
});

test('work beside it goes on, and what ends a child ends nothing else', async () => {
  const [died, beside, starved] = await Promise.all([
    ask('die').catch((error) => error),
    ask('beside'),
    ask('out of memory').catch((error) => error),
  ]);
  expect(died).toMatchObject({ code: 'picture-damaged' });
  expect(starved).toMatchObject({ code: 'too-many-pixels' });
  expect(beside.data).toMatchObject({ data: 'beside' });
});

test.skipIf(process.platform !== 'linux')('the kernel, short of memory, ends children first', async () => {
  const pid = await pidOf();
  expect(readFileSync(`/proc/${pid}/oom_score_adj`, 'utf8').trim()).toBe('1000');
});

test.skipIf(process.platform !== 'linux')(
  'a child that keeps more memory than is counted for it is replaced',
  async () => {
    const pid = await pidOf();
    expect((await ask('keep')).data).toMatchObject({ pid });
    await vi.waitFor(() => expect(ticksOf(pid)).toBeUndefined(), 10_000);
    expect(await pidOf()).not.toBe(pid);
  },
);
