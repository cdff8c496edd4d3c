import type { Compared } from './compare.ts';
import type { Row } from './sweep.ts';

/** A run: where and what, and what each part found. */
export interface Result {
  measured: string;
  machine: object;
  model: string;
  picture: object;
  seconds: number;
  inTurn?: Record<string, Compared>;
  direct?: Row[];
  /** MB right after new labels (and at most until then), and half a minute later. */
  memory?: { open: number; peak: number; closed: number };
  throughGateway?: Row[];
  /** Milliseconds a picture, by how many are run together. */
  together?: Record<string, number>;
}

const NAMES: Record<string, string> = {
  clipFn: 'clip-fn, 10 labels',
  bare: 'bare session',
  thousand: 'clip-fn, 1,000 labels',
  transformers: 'transformers.js, 10 labels',
};

/** The figures as Markdown. */
export function tables({ inTurn = {}, direct = [], throughGateway = [], memory, together = {} }: Result): string {
  const turns = Object.entries(inTurn).map(([name, { p50, perSecond, p50Ratio, perSecondRatio }]) =>
    row([NAMES[name] ?? name, p50, perSecond, p50Ratio, perSecondRatio]),
  );
  const sweep = (where: string) => (one: Row) =>
    row([
      ...[where, one.concurrency, one.p50, one.p90, one.p99, one.perSecond, one.cpuMsPerPicture, one.rssMb],
      ...[one.lagP99 ?? '–', one.otherRoute.p99, one.othersBusy, one.failures],
    ]);
  const swept = [...direct.map(sweep('direct')), ...throughGateway.map(sweep('gateway'))];
  const each = Object.entries(together).map(([count, ms]) => `${count}: ${ms}`);
  const parts = [
    turns.length > 0 && [
      head(['in turn', 'p50 ms', 'pictures/s', 'clip-fn’s p50 ÷ this', 'its pictures/s ÷ this']),
      ...turns,
    ],
    swept.length > 0 && [head(SWEEP), ...swept],
    memory && [
      `MB with both halves open: ${memory.open} (${memory.peak} at most); half a minute later: ${memory.closed}`,
    ],
    each.length > 0 && [`ms a picture, by how many run together: ${each.join(', ')}`],
  ];
  return parts.flatMap((lines) => (lines ? [lines.join('\n')] : [])).join('\n\n');
}

const SWEEP = [
  ...['', 'in flight', 'p50 ms', 'p90', 'p99', 'pictures/s', 'cpu-ms a picture', 'MB'],
  ...['lag p99 ms', 'other route p99 ms', 'others busy', 'failures'],
];

function row(cells: (string | number)[]): string {
  return `| ${cells.join(' | ')} |`;
}

function head(cells: string[]): string {
  return `${row(cells)}\n|${cells.map(() => '---').join('|')}|`;
}
