import { cpuOf, processesOf } from './processes.ts';
import type { System } from './system.ts';

/** A sample of a system. */
export interface Sample {
  /** Seconds since the start. */
  at: number;
  /** Processes by function. */
  replicas: Record<string, number>;
  /** Resident MB by function, and of `gateway`. */
  rssMb: Record<string, number>;
}

/** What a load cost. */
export interface Cost {
  /** CPU milliseconds of gateway and functions for each correct answer; NaN without /proc. */
  cpuMs: number;
  /** Peak resident MB: of the whole, and by function. */
  peakMb: number;
  peakOf: Record<string, number>;
  samples: Sample[];
}

const SAMPLE_MS = 500;

/** Runs a load and samples the system meanwhile. */
export async function watched<T extends { right: number }>(system: System, work: () => Promise<T>): Promise<T & Cost> {
  const samples: Sample[] = [];
  const started = performance.now();
  const sample = async (): Promise<void> => {
    const at = Math.round((performance.now() - started) / 100) / 10;
    // A gateway under load may answer late; memory is read when it does.
    const replicas = await system.replicas().catch(() => ({}));
    samples.push({ at, replicas, rssMb: memory(system.pid) });
  };
  const before = cpuOf(system.pid);
  const timer = setInterval(sample, SAMPLE_MS);
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
