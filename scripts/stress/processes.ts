import { readdirSync, readFileSync } from 'node:fs';

/** A process of a system, from Linux's /proc. */
export interface ProcessState {
  pid: number;
  /** The function's name, or `gateway`. */
  name: string;
  rssMb: number;
  /** Open files and sockets. */
  handles: number;
}

/** The unit of CPU times in /proc. */
const TICK_MS = 10;
const MB = 1024;

/** A gateway and its functions; empty without /proc. Skips processes that have just ended. */
export function processesOf(gateway: number): ProcessState[] {
  return [gateway, ...childrenOf(gateway)].flatMap((pid) => {
    try {
      return [
        { pid, name: pid === gateway ? 'gateway' : functionOf(pid), rssMb: residentMb(pid), handles: handlesOf(pid) },
      ];
    } catch {
      return [];
    }
  });
}

/** CPU milliseconds of a gateway and all its functions, including those that have ended; NaN without /proc. */
export function cpuOf(gateway: number): number {
  try {
    const own = ticks(gateway);
    const ended = own.slice(2);
    const living = childrenOf(gateway).flatMap((pid) => {
      try {
        return ticks(pid);
      } catch {
        return [];
      }
    });
    return TICK_MS * [...own.slice(0, 2), ...ended, ...living].reduce((sum, value) => sum + value, 0);
  } catch {
    return Number.NaN;
  }
}

function childrenOf(pid: number): number[] {
  try {
    return readdirSync(`/proc/${pid}/task`).flatMap((task) =>
      readFileSync(`/proc/${pid}/task/${task}/children`, 'utf8').split(' ').filter(Boolean).map(Number),
    );
  } catch {
    return [];
  }
}

function functionOf(pid: number): string {
  return /(?:^|\0)OPENFAAS_NAME=([^\0]+)/.exec(readFileSync(`/proc/${pid}/environ`, 'utf8'))?.[1] ?? 'other';
}

function residentMb(pid: number): number {
  return Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]) / MB;
}

function handlesOf(pid: number): number {
  return readdirSync(`/proc/${pid}/fd`).length;
}

/** utime and stime, of the process and of children that have ended. */
function ticks(pid: number): number[] {
  const afterName = readFileSync(`/proc/${pid}/stat`, 'utf8').replace(/^.*\) /s, '');
  return afterName.split(' ').slice(11, 15).map(Number);
}
