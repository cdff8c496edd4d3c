/** A measurement of a running system. Memory in MB. */
export interface Sample {
  /** Seconds since the start. */
  at: number;
  requests: number;
  /** By `name pid`: one process each. */
  processes: Record<string, { rssMb: number; handles: number }>;
  temporaryFiles: number;
  storeBytes: number;
  logBytes: number;
}

/** One check, in words, and whether it passed. */
export interface Finding {
  what: string;
  measured: string;
  bar: string;
  fine: boolean;
}

/** Tolerated growth of memory, the larger of the two: heaps and allocators fluctuate. */
const RSS_GROWTH_MB = 15;
const RSS_GROWTH_SHARE = 0.1;
/** Slope of a quarter, MB per minute: 720 MB a day. */
const RSS_SLOPE = 0.5;
const HANDLE_GROWTH = 8;
const LOG_BYTES_A_REQUEST = 1_500;

/**
 * Judges a soak test. Growth counts from the second quarter on: caches and heaps fill in the first.
 * @param storeBound bytes that the object store may hold
 */
export function judge(samples: Sample[], { storeBound }: { storeBound: number }): Finding[] {
  const last = samples.at(-1);
  if (!last) throw new Error('A soak without samples says nothing.');
  const lived = Object.keys(last.processes);
  const perRequest = last.logBytes / Math.max(1, last.requests);
  const store = Math.max(...samples.map(({ storeBytes }) => storeBytes));
  return [
    ...lived.flatMap((process) => [memory(process, samples), handles(process, samples)]),
    finding('temporary files at the end', String(last.temporaryFiles), '0', last.temporaryFiles === 0),
    finding('object store, at its largest', mib(store), `≤ ${mib(storeBound)}`, store <= storeBound),
    finding(
      'log a request',
      `${Math.round(perRequest)} bytes`,
      `≤ ${LOG_BYTES_A_REQUEST} bytes`,
      perRequest <= LOG_BYTES_A_REQUEST,
    ),
  ];
}

/** A leak continues: it shows in the third and the last quarter. A single step does not. */
function memory(process: string, samples: Sample[]): Finding {
  const { second, fourth } = quarters(samples.map((sample) => sample.processes[process]?.rssMb));
  const rise = Math.min(riseOf(process, part(samples, 0.5, 0.75)), riseOf(process, part(samples, 0.75, 1)));
  const most = Math.max(RSS_GROWTH_MB, second * RSS_GROWTH_SHARE);
  return finding(
    `memory of ${process}`,
    `${second.toFixed(0)} → ${fourth.toFixed(0)} MB, ${signed(rise)} MB/min`,
    `+${most.toFixed(0)} MB or ${RSS_SLOPE} MB/min`,
    !(fourth - second > most && rise > RSS_SLOPE),
  );
}

/** MB per minute. */
function riseOf(process: string, samples: Sample[]): number {
  return slope(
    samples.flatMap(({ at, processes }) => (processes[process] ? [[at / 60, processes[process].rssMb]] : [])),
  );
}

function handles(process: string, samples: Sample[]): Finding {
  const { second, fourth } = quarters(samples.map((sample) => sample.processes[process]?.handles));
  return finding(
    `open files of ${process}`,
    `${second} → ${fourth}`,
    `+${HANDLE_GROWTH}`,
    fourth - second <= HANDLE_GROWTH,
  );
}

function finding(what: string, measured: string, bar: string, fine: boolean): Finding {
  return { what, measured, bar, fine };
}

/** Medians of the second and the last quarter. */
function quarters(values: (number | undefined)[]): { second: number; fourth: number } {
  const middle = (some: typeof values): number => median(some.filter((value) => value !== undefined));
  return { second: middle(part(values, 0.25, 0.5)), fourth: middle(part(values, 0.75, 1)) };
}

function part<T>(values: T[], from: number, to: number): T[] {
  return values.slice(values.length * from, values.length * to);
}

export function median(values: number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN;
}

/** Theil–Sen slope: the median over all pairs, robust against a few spikes. */
export function slope(points: number[][]): number {
  const slopes = points.flatMap(([x = 0, y = 0], index) =>
    points.slice(index + 1).flatMap(([otherX = 0, otherY = 0]) => (otherX === x ? [] : [(otherY - y) / (otherX - x)])),
  );
  return slopes.length === 0 ? 0 : median(slopes);
}

function signed(value: number): string {
  return `${value < 0 ? '−' : '+'}${Math.abs(value).toFixed(2)}`;
}

function mib(bytes: number): string {
  return `${(bytes / 1024 ** 2).toFixed(1)} MiB`;
}
