import { cpuOf, processesOf } from './processes.ts';
import type { System } from './system.ts';

/** One look at a system. */
export interface Sample {
  /** Seconds since the watching began. */
  at: number;
  /** Functions → processes. */
  replicas: Record<string, number>;
  /** Functions, and `gateway` → resident MB of all their processes. */
  rssMb: Record<string, number>;
}

/** What a stretch of load cost. */
export interface Cost {
  /** CPU milliseconds of gateway and functions for each right answer; NaN where there is no /proc. */
  cpuMs: number;
  /** The most resident MB: of the whole, and by function. */
  peakMb: number;
  peakOf: Record<string, number>;
  samples: Sample[];
}

const LOOK_EVERY_MS = 500;

/** Runs a stretch of load and watches the system meanwhile. */
export async function watched<T extends { right: number }>(system: System, work: () => Promise<T>): Promise<T & Cost> {
  const samples: Sample[] = [];
  const started = performance.now();
  const sample = async (): Promise<void> => {
    const at = Math.round((performance.now() - started) / 100) / 10;
    // A gateway under load may answer late; its processes are looked at when it does.
    const replicas = await system.replicas().catch(() => ({}));
    samples.push({ at, replicas, rssMb: memory(system.pid) });
  };
  const before = cpuOf(system.pid);
  const timer = setInterval(sample, LOOK_EVERY_MS);
  const result = await work();
  const used = cpuOf(system.pid) - before;
  clearInterval(timer);
  await sample();
  samples.sort((a, b) => a.at - b.at);
  return { ...result, cpuMs: used / Math.max(1, result.right), ...peaks(samples), samples };
}

function memory(gateway: number): Record<string, number> {
  const all: Record<string, number> = {};
  for (const { name, rssMb } of processesOf(gateway)) all[name] = (all[name] ?? 0) + Math.round(rssMb);
  return all;
}

function peaks(samples: Sample[]): Pick<Cost, 'peakMb' | 'peakOf'> {
  const peakOf: Record<string, number> = {};
  for (const { rssMb } of samples) {
    for (const [name, mb] of Object.entries(rssMb)) peakOf[name] = Math.max(peakOf[name] ?? 0, mb);
  }
  return { peakMb: Math.max(0, ...samples.map(({ rssMb }) => total(rssMb))), peakOf };
}

/** The sum of a record's numbers. */
export function total(values: Record<string, number>): number {
  return Object.values(values).reduce((sum, value) => sum + value, 0);
}
