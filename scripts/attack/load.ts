import { readdirSync, readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';

/* CPU usage of the processes of a system. Linux only. */

/** Between two measurements, ms. */
const LOOK_MS = 250;
/** CPU time per measurement that counts as idle, ms: timers, logs. */
const IDLE_MS = 50;
/** A clock tick of /proc, ms; the same on all current Linux systems. */
const TICK_MS = 10;

/** Parents and ticks of all processes. */
function processes(): Map<number, { parent: number; ticks: number }> {
  const all = new Map<number, { parent: number; ticks: number }>();
  for (const name of readdirSync('/proc').filter((one) => /^\d+$/.test(one))) {
    try {
      const fields = readFileSync(`/proc/${name}/stat`, 'utf8')
        .replace(/^.*\) /, '')
        .split(' ');
      all.set(Number(name), { parent: Number(fields[1]), ticks: Number(fields[11]) + Number(fields[12]) });
    } catch {
      // It has exited meanwhile.
    }
  }
  return all;
}

/** Ticks of a process and its descendants, by process. */
function ticksOf(root: number): Map<number, number> {
  const all = processes();
  const found = new Map<number, number>();
  const waiting = [root];
  for (let pid = waiting.pop(); pid !== undefined; pid = waiting.pop()) {
    const own = pid;
    found.set(own, all.get(own)?.ticks ?? 0);
    waiting.push(...[...all].filter(([, { parent }]) => parent === own).map(([child]) => child));
  }
  return found;
}

/** Yields the CPU time of a process and its descendants since the previous measurement, ms. */
export async function* loadOf(root: number): AsyncGenerator<number, never> {
  let before = ticksOf(root);
  while (true) {
    await sleep(LOOK_MS);
    const now = ticksOf(root);
    const used = [...now].reduce((sum, [pid, ticks]) => sum + ticks - (before.get(pid) ?? 0), 0);
    before = now;
    yield used * TICK_MS;
  }
}

/**
 * Waits until a process and its descendants have used this much CPU time from now on.
 * @returns whether they did in time
 */
export async function hasUsed(root: number, milliseconds: number, until: AbortSignal): Promise<boolean> {
  let sum = 0;
  for await (const used of loadOf(root)) {
    sum += used;
    if (sum >= milliseconds) return true;
    if (until.aborted) return false;
  }
  return false;
}

/**
 * Milliseconds until hardly any CPU time is used, to a quarter of a second; `undefined` after the time limit.
 */
export async function untilIdle(root: number, seconds: number): Promise<number | undefined> {
  const began = performance.now();
  for await (const used of loadOf(root)) {
    const took = performance.now() - began;
    if (used <= IDLE_MS) return Math.max(0, took - LOOK_MS);
    if (took > seconds * 1_000) return undefined;
  }
  return undefined;
}
