import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { parse } from 'yaml';
import { round } from './load.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));

export interface Started {
  url: string;
  pid: number;
  stop(): Promise<void>;
}

/** Starts the bundled clip-fn by itself, in the environment that stack.yml gives it. */
export async function startFunction(env: Record<string, string>): Promise<Started> {
  const stack = parse(readFileSync(path.join(root, 'stack.yml'), 'utf8'), { merge: true });
  const { MALLOC_MMAP_THRESHOLD_ } = stack.functions['clip-fn'].environment;
  const child = spawn(process.execPath, [path.join(root, 'dist/clip-fn/index.js')], {
    env: { ...process.env, MALLOC_MMAP_THRESHOLD_, http_port: '0', ...env },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const port = await seen(child, /"msg":"listening".*"port":(\d+)/);
  return { url: `http://127.0.0.1:${port}`, pid: child.pid ?? 0, stop: () => end(child) };
}

/** Starts the whole system as `npm start` does. */
export async function startGateway(env: Record<string, string>): Promise<Started> {
  const args = [path.join(root, 'dist/gateway/index.js'), '--port', '0', '--metrics-port', '0'];
  const child = spawn(process.execPath, args, {
    cwd: root,
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const url = await seen(child, /(http:\/\/127\.0\.0\.1:\d+)\/function/);
  return { url: `${url}/function/clip-fn`, pid: child.pid ?? 0, stop: () => end(child) };
}

function seen(child: ChildProcess, pattern: RegExp): Promise<string> {
  return new Promise((resolve, reject) => {
    child.on('exit', (code) => reject(new Error(`it ended with ${code}`)));
    if (!child.stdout) return;
    createInterface({ input: child.stdout }).on('line', (line) => {
      const found = pattern.exec(line)?.[1];
      if (found !== undefined) resolve(found);
    });
  });
}

async function end(child: ChildProcess): Promise<void> {
  child.removeAllListeners('exit');
  const gone = once(child, 'exit');
  child.kill('SIGTERM');
  await gone;
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
