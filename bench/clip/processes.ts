import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { parse } from 'yaml';
import { ROOT, startProgram, startGateway as startSystem } from '../../scripts/system/start.mjs';
import { round } from './load.ts';

/** Characters: a function logs each of many thousand calls. */
const KEPT_LOG = 100_000;

export interface Started {
  url: string;
  pid: number;
  stop(): Promise<void>;
}

/** Starts the bundled clip-fn by itself, in the environment that stack.yml gives it. */
export async function startFunction(env: Record<string, string>): Promise<Started> {
  const stack = parse(readFileSync(path.join(ROOT, 'stack.yml'), 'utf8'), { merge: true });
  const { MALLOC_MMAP_THRESHOLD_ } = stack.functions['clip-fn'].environment;
  const file = path.join(ROOT, 'dist/clip-fn/index.js');
  const { found, pid, stop } = await startProgram(process.execPath, [file], portIn, {
    env: { ...process.env, MALLOC_MMAP_THRESHOLD_, http_port: '0', ...env },
    keep: KEPT_LOG,
  });
  return { url: `http://127.0.0.1:${found}`, pid, stop: async () => void (await stop('SIGTERM')) };
}

/** The port in what a function prints when it is ready. */
const portIn = (printed: string) => /"msg":"listening".*"port":(\d+)/.exec(printed)?.[1];

/** Starts the whole system as `npm start` does. */
export async function startGateway(env: Record<string, string>): Promise<Started> {
  const { url, pid, stop } = await startSystem({ env, keep: KEPT_LOG });
  return { url: `${url}/function/clip-fn`, pid, stop: async () => void (await stop('SIGTERM')) };
}

export interface Usage {
  /** Processor milliseconds so far. */
  cpuMs: number;
  /** Memory held now, and at most so far, in MB. */
  rssMb: number;
  peakMb: number;
}

/** What a process and all that descend from it use (Linux). */
export function usageOf(pid: number): Usage {
  const all = family(pid).map(usageOfOne);
  const sum = (pick: (one: Usage) => number) => all.reduce((total, one) => total + pick(one), 0);
  return { cpuMs: sum(({ cpuMs }) => cpuMs), rssMb: sum(({ rssMb }) => rssMb), peakMb: sum(({ peakMb }) => peakMb) };
}

function usageOfOne(pid: number): Usage {
  const status = textOf(`/proc/${pid}/status`);
  const megabytes = (name: string) =>
    Math.round(Number(new RegExp(`${name}:\\s+(\\d+)`).exec(status)?.[1] ?? 0) / 1_024);
  // Its own time and that of children that have ended, in user and system mode.
  const [user = 0, system = 0, endedUser = 0, endedSystem = 0] = statOf(pid).slice(11, 15).map(Number);
  return {
    cpuMs: (user + system + endedUser + endedSystem) * TICK_MS,
    rssMb: megabytes('VmRSS'),
    peakMb: megabytes('VmHWM'),
  };
}

/** Linux counts processor time in hundredths of a second. */
const TICK_MS = 10;

function family(pid: number): number[] {
  const parents = readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map((name) => [Number(name), Number(statOf(Number(name))[1])] as const);
  const found = [pid];
  for (const one of found) found.push(...parents.filter(([, parent]) => parent === one).map(([child]) => child));
  return found;
}

/** The fields of `/proc/PID/stat` after the name, which may hold anything; none of a process that is gone. */
function statOf(pid: number): string[] {
  return textOf(`/proc/${pid}/stat`)
    .replace(/^.*\) /s, '')
    .split(' ');
}

function textOf(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return '';
  }
}

/** Watches how many processors everybody else keeps busy: what the machine has to do besides this measurement. */
export function watchOthers(): () => number {
  const now = () => ({ time: performance.now(), busy: busyMs() - usageOf(process.pid).cpuMs });
  const began = now();
  return () => {
    const ended = now();
    return round(Math.max(0, (ended.busy - began.busy) / (ended.time - began.time)));
  };
}

/** Milliseconds that all processors together were busy: all of the first line but idle and waiting for the disk. */
function busyMs(): number {
  const [user = 0, nice = 0, system = 0, , , irq = 0, soft = 0, steal = 0] =
    textOf('/proc/stat').split('\n')[0]?.split(/\s+/).slice(1).map(Number) ?? [];
  return (user + nice + system + irq + soft + steal) * TICK_MS;
}
