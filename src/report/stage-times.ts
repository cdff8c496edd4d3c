import type { Recorded, StepRecord } from '#contract/step-record';

/** The latencies of one stage over all pictures of a run, in milliseconds. */
export interface StageTimes {
  name: string;
  function: string;
  count: number;
  failed: number;
  queue: Quantiles;
  call: Quantiles;
  work: Quantiles;
}

export interface Quantiles {
  p50: number;
  p95: number;
}

/** The stages of a run in the order of their steps. */
export function stageTimes(runs: Recorded[]): StageTimes[] {
  const byName = new Map<string, StepRecord[]>();
  for (const record of runs.flatMap(({ steps }) => steps)) {
    byName.set(record.name, [...(byName.get(record.name) ?? []), record]);
  }
  return [...byName].map(([name, records]) => ({
    name,
    function: records[0]?.function ?? '',
    count: records.length,
    failed: records.filter(({ error }) => error).length,
    queue: quantiles(records.map(({ ms }) => ms.queue)),
    call: quantiles(records.map(({ ms }) => ms.call)),
    work: quantiles(records.map(({ ms }) => ms.work)),
  }));
}

function quantiles(values: number[]): Quantiles {
  return { p50: quantile(values, 0.5), p95: quantile(values, 0.95) };
}

/** The nearest-rank quantile, which is a measured value. */
export function quantile(values: number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)] ?? 0;
}
