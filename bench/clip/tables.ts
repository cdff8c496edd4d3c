import type { Batched } from './bare.ts';
import type { Compared } from './compare.ts';
import type { SettingRow } from './settings.ts';
import type { Row } from './sweep.ts';

/** A run: where and what, and what each part found. */
export interface Result {
  measured: string;
  machine: object;
  model: string;
  picture: object;
  seconds: number;
  /** One request, or picture, at a time. */
  inTurn?: Record<string, Compared>;
  /** Eight at a time. */
  throughput?: Record<string, Compared>;
  direct?: Row[];
  /** MB right after new labels (and at most until then), and half a minute later. */
  memory?: { open: number; peak: number; closed: number };
  settings?: Record<string, SettingRow>;
  throughGateway?: Row[];
  /** By how many are run together. */
  together?: Record<string, Batched>;
}

const NAMES: Record<string, string> = {
  clipFn: 'clip-fn, 10 labels',
  bare: 'bare session',
  thousand: 'clip-fn, 1,000 labels',
  transformers: 'transformers.js, 10 labels',
};

/** The figures as Markdown. */
export function tables(result: Result): string {
  const {
    inTurn = {},
    throughput = {},
    direct = [],
    throughGateway = [],
    memory,
    settings = {},
    together = {},
  } = result;
  const sweep = (where: string) => (one: Row) =>
    row([
      ...[where, one.concurrency, one.p50, one.p90, one.p99, one.perSecond, one.cpuMsPerPicture, one.rssMb],
      ...[one.lagP99 ?? '–', one.otherRoute.p99, one.othersBusy, one.failures],
    ]);
  const chosen = Object.entries(settings).map(([name, one]) =>
    row([
      ...[name, one.p50Alone, one.perSecond, one.p50, one.cpuMsPerPicture, one.rssMb],
      ...[one.othersBusy, one.failures],
    ]),
  );
  const batches = Object.entries(together).map(([count, { ms, cpuMs, likeness }]) => row([count, ms, cpuMs, likeness]));
  const parts = [
    table(compared('one at a time'), turns(inTurn)),
    table(compared('eight at a time'), turns(throughput)),
    table(SWEEP, [...direct.map(sweep('direct')), ...throughGateway.map(sweep('gateway'))]),
    memory &&
      `MB with both halves open: ${memory.open} (${memory.peak} at most); half a minute later: ${memory.closed}`,
    table(SETTINGS, chosen),
    table(['run together', 'ms a picture', 'cpu-ms a picture', 'cosine with alone, smallest'], batches),
  ];
  return parts.filter(Boolean).join('\n\n');
}

function turns(found: Record<string, Compared>): string[] {
  return Object.entries(found).map(([name, { p50, perSecond, p50Ratio, perSecondRatio }]) =>
    row([NAMES[name] ?? name, p50, perSecond, p50Ratio, perSecondRatio]),
  );
}

const compared = (how: string) => [how, 'p50 ms', 'pictures/s', 'clip-fn’s p50 ÷ this', 'its pictures/s ÷ this'];

const SETTINGS = [
  ...['', 'p50 ms, 1 in flight', 'pictures/s, 8 in flight', 'p50 ms', 'cpu-ms a picture', 'MB'],
  ...['others busy', 'failures'],
];

const SWEEP = [
  ...['', 'in flight', 'p50 ms', 'p90', 'p99', 'pictures/s', 'cpu-ms a picture', 'MB'],
  ...['lag p99 ms', 'other route p99 ms', 'others busy', 'failures'],
];

function row(cells: (string | number)[]): string {
  return `| ${cells.join(' | ')} |`;
}

/** Nothing where there are no rows. */
function table(cells: string[], rows: string[]): string | undefined {
  if (rows.length === 0) return undefined;
  return [row(cells), `|${cells.map(() => '---').join('|')}|`, ...rows].join('\n');
}
