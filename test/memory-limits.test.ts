import { readFileSync } from 'node:fs';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { FINE, SHORT_ATTACKS } from '../bench/memory/attacks.mjs';
import { canLimit, startLimited } from '../bench/memory/cgroup.mjs';
import { piecesAtOnce } from '../src/process/memory.ts';
import { type RunningFunction, startFunction } from './function.ts';
import { busyJpeg, gradient, picture } from './pictures.ts';
import { ticksOf } from './processes.ts';

/*
 * A piece of bench/memory/limits.mjs, which the nightly run does as a whole: nothing that a request brings ends a
 * process, and a small call is answered beside it.
 */

const LIMIT_MIB = 352;

/** One request of every kind of picture, larger than what fits at once. */
async function pictures(): Promise<Buffer[]> {
  const graph = sharp(gradient(2_400, 1_600), { raw: { width: 2_400, height: 1_600, channels: 3 } });
  return Promise.all([
    graph.clone().jpeg({ progressive: true }).toBuffer(),
    graph.clone().ensureAlpha().toColourspace('rgb16').png({ progressive: true, compressionLevel: 1 }).toBuffer(),
    graph.clone().toColourspace('rgb16').tiff().toBuffer(),
    graph.clone().webp({ effort: 0 }).toBuffer(),
    graph.clone().avif({ effort: 0 }).toBuffer(),
  ]);
}

describe.skipIf(!canLimit())(`a control group of ${LIMIT_MIB} MiB`, () => {
  let target: Awaited<ReturnType<typeof startLimited>>;
  beforeAll(async () => {
    target = await startLimited('denoise-fn', LIMIT_MIB);
  });
  afterAll(() => target?.stop());

  test.each(Object.entries(SHORT_ATTACKS))('outlives %s', { timeout: 120_000 }, async (_, attack) => {
    const statuses = await attack(target);
    expect(statuses.filter((status) => !FINE.has(status))).toEqual([]);
    // The last is that of an ordinary picture.
    expect(statuses.at(-1)).toBe(200);
    expect([target.alive(), target.kills()]).toEqual([true, 0]);
  });

  test('outlives every kind of picture at once', { timeout: 120_000 }, async () => {
    const bodies = (await pictures())
      .flatMap((body) => [body, body])
      .map((body, n) => Buffer.concat([body, Buffer.alloc(n)]));
    const ask = async (body: Buffer, mode: string): Promise<number> => {
      const answer = await fetch(`${target.url}?mode=${mode}`, { method: 'POST', body: new Uint8Array(body) });
      await answer.arrayBuffer();
      return answer.status;
    };
    const modes = ['median', 'bilateral', 'auto'];
    const statuses = await Promise.all(bodies.map((body, n) => ask(body, modes[n % 3] as string)));
    expect(statuses.filter((status) => !FINE.has(status))).toEqual([]);
    expect([target.alive(), target.kills()]).toEqual([true, 0]);
  });
});

describe.skipIf(process.platform !== 'linux')('beside long work in every process', () => {
  let running: RunningFunction;
  beforeAll(async () => {
    running = await startFunction('denoise-fn');
  });
  afterAll(() => running.stop());

  const ask = async (query: string, body: Buffer): Promise<string> => {
    const answer = await fetch(`${running.url}/?${query}`, { method: 'POST', body: new Uint8Array(body) });
    await answer.arrayBuffer();
    return query;
  };

  test('a small picture is answered first', { timeout: 120_000 }, async () => {
    const large = await busyJpeg(4_800, 4_500);
    const small = await picture(60, 40).png().toBuffer();
    const busy = (): number => {
      const text = readFileSync(`/proc/${running.pid}/task/${running.pid}/children`, 'utf8');
      return text
        .trim()
        .split(' ')
        .filter((pid) => (ticksOf(Number(pid)) ?? 0) > 60).length;
    };
    // Decoders leave aside what follows a picture, so that none is remembered.
    const work = Array.from({ length: piecesAtOnce() + 2 }, (_, n) =>
      ask('mode=nlm', Buffer.concat([large, Buffer.alloc(n)])),
    );
    await vi.waitUntil(() => busy() >= piecesAtOnce(), { timeout: 60_000, interval: 20 });
    expect(await Promise.race([...work, ask('mode=median', small)])).toBe('mode=median');
  });
});
