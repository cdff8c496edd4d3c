import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { type RunningFunction, startFunction } from './function.ts';
import { busyJpeg, picture } from './pictures.ts';
import { ticksOf } from './processes.ts';

/*
 * Work ends with whoever waits for it, and work beside it does not: the kernel asked for here takes
 * seconds, and sharp has no say in it.
 */

let running: RunningFunction;
beforeAll(async () => {
  running = await startFunction('transform-fn');
});
afterAll(() => running.stop());

/** The processes that a process has started, by their ids. */
function childrenOf(pid: number): number[] {
  const text = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8');
  return text.trim().split(' ').filter(Boolean).map(Number);
}

const ask = (chain: string, body: Buffer, signal?: AbortSignal): Promise<Response> =>
  fetch(`${running.url}/?chain=${encodeURIComponent(chain)}`, {
    method: 'POST',
    body: new Uint8Array(body),
    ...(signal && { signal }),
  });

test.skipIf(process.platform !== 'linux')(
  'the process that works on a picture is gone soon after its caller',
  async () => {
    const large = await busyJpeg(4_800, 4_500);
    const small = await picture(60, 40).png().toBuffer();
    expect((await ask('rotate:90', small)).status).toBe(200);
    const caller = new AbortController();
    const leaving = ask('denoise:mode=nlm', large, caller.signal);
    // Whichever of its processes comes to use the processor is at it.
    const before = new Map(childrenOf(running.pid).map((pid) => [pid, ticksOf(pid) ?? 0]));
    const working = await vi.waitUntil(
      () => childrenOf(running.pid).find((pid) => (ticksOf(pid) ?? 0) > (before.get(pid) ?? 0) + 50),
      { timeout: 60_000, interval: 50 },
    );
    expect((await ask('rotate:90', small)).status).toBe(200);
    caller.abort();
    await expect(leaving).rejects.toMatchObject({ name: 'AbortError' });
    await vi.waitUntil(() => ticksOf(working) === undefined, { timeout: 10_000, interval: 50 });
    expect((await ask('rotate:90', small)).status).toBe(200);
  },
  120_000,
);
