import { readdirSync, readFileSync } from 'node:fs';

/** One process of a system, as Linux' /proc tells it. */
export interface ProcessState {
  pid: number;
  /** The function's name, or `gateway`. */
  name: string;
  rssMb: number;
  /** Open files and sockets. */
  handles: number;
}

/** Linux counts CPU time in hundredths of a second. */
const TICK_MS = 10;
const MB = 1024;

/** A gateway and the functions it runs; empty where there is no /proc. Processes that just end are left out. */
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

/** CPU milliseconds that a gateway and all its functions, the ended ones too, have used so far; NaN without /proc. */
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

/** utime, stime, and those of children that ended. */
function ticks(pid: number): number[] {
  const afterName = readFileSync(`/proc/${pid}/stat`, 'utf8').replace(/^.*\) /s, '');
  return afterName.split(' ').slice(11, 15).map(Number);
}
