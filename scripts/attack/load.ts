import { readdirSync, readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';

/* What the processes of a system use of the processors. Linux only. */

/** Between two looks. */
const LOOK_MS = 250;
/** Milliseconds of processor time in such a stretch that is no work: timers, logs. */
const IDLE_MS = 50;
/** A clock tick of /proc, as Linux counts on all machines of today. */
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
      // It has ended meanwhile.
    }
  }
  return all;
}

/** Ticks of a process and of all that it has started, by process. */
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

/** Tells, look after look, what a process and all that it has started have used since the one before, milliseconds. */
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
 * Waits until a process and all that it has started have used so much from now on.
 * @returns whether they have in time
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
 * Milliseconds until hardly any processor time is used, to a quarter of a second; `undefined` after so many seconds.
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
