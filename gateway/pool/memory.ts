import { readFile } from 'node:fs/promises';
import { formatBytes } from '#kit/bytes';
import type { Replica } from './replica.ts';

const UNITS: Record<string, number> = {
  '': 1,
  k: 1e3,
  M: 1e6,
  G: 1e9,
  T: 1e12,
  Ki: 1024,
  Mi: 1024 ** 2,
  Gi: 1024 ** 3,
  Ti: 1024 ** 4,
};

const LOOK_MS = 1000;

/** A process is killed above this multiple of its limit; below it, functions may be slightly over what they planned. */
const RUNAWAY = 1.5;

/** Reads an amount of memory as Kubernetes writes it (`512Mi`, `1.5G`, `1000000`). @returns bytes, or undefined */
export function parseMemory(text: string): number | undefined {
  const [, amount, unit = ''] = /^(\d{1,15}(?:\.\d{1,3})?)([kMGT]|[KMGT]i)?$/.exec(text) ?? [];
  const bytes = amount === undefined ? 0 : Math.round(Number(amount) * (UNITS[unit] ?? 0));
  return bytes > 0 ? bytes : undefined;
}

/**
 * Bytes that a process and its descendants hold now, counted as a container's limit does:
 * without cached files, which the kernel may drop. Undefined if the system does not say
 * (it is not Linux, or gone).
 */
export async function heldBytes(pid: number): Promise<number | undefined> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8').catch(() => '');
  const kilobytes = [...status.matchAll(/^Rss(?:Anon|Shmem):\s+(\d+) kB$/gm)].map(([, amount]) => Number(amount));
  if (kilobytes.length === 0) return undefined;
  const children = await readFile(`/proc/${pid}/task/${pid}/children`, 'utf8').catch(() => '');
  const below = await Promise.all(
    children
      .split(' ')
      .filter(Boolean)
      .map((child) => heldBytes(Number(child))),
  );
  return [...kilobytes.map((amount) => amount * 1024), ...below.map((bytes) => bytes ?? 0)].reduce((a, b) => a + b);
}

/**
 * Checks a process's memory every second while it lives. One that is far over the limit is killed.
 * @param onOver called once it is over the limit, with a text for the log
 */
export function watchMemory(replica: Replica, limit: number, onOver: (reason: string) => void): void {
  let told = false;
  const look = async () => {
    const bytes = (replica.pid && (await heldBytes(replica.pid))) || 0;
    if (bytes > RUNAWAY * limit) replica.kill();
    if (bytes <= limit || told || replica.state === 'gone') return;
    told = true;
    onOver(`holds ${formatBytes(bytes)} of memory, with a limit of ${formatBytes(limit)},`);
  };
  const timer = setInterval(() => void look(), LOOK_MS);
  timer.unref();
  void replica.gone.then(() => clearInterval(timer));
}
