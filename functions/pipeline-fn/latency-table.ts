import type { StepRecord } from './call-step.ts';
import { type Recorded, stageTimes } from './statistics.ts';

const COLUMNS = [
  'picture',
  'step',
  'function',
  'start',
  'queue',
  'call',
  'work',
  'tries',
  'bytes',
  'width',
  'height',
  'error',
];
const TEXTS = 3;

type Cell = string | number;

function row(
  picture: number,
  { name, function: called, start, ms, tries, bytes, width, height, error }: StepRecord,
): Cell[] {
  return [picture, name, called, start, ms.queue, ms.call, ms.work, tries, bytes, width, height, error?.code ?? ''];
}

function rows(runs: Recorded[]): Cell[][] {
  return runs.flatMap(({ steps }, index) => steps.map((record) => row(index + 1, record)));
}

/** One line a picture and step, times in milliseconds (RFC 4180). */
export function latencyCsv(runs: Recorded[]): string {
  return csv([COLUMNS, ...rows(runs)]);
}

/** Rows as CSV (RFC 4180); no cell becomes a formula in a spreadsheet, none breaks out of its line. */
export function csv(lines: Cell[][]): string {
  return lines.map((line) => `${line.map(csvCell).join(',')}\r\n`).join('');
}

function csvCell(cell: Cell): string {
  if (typeof cell === 'number') return String(cell);
  const text = cell.replace(/[\p{Cc}\u2028\u2029]+/gu, ' ');
  const harmless = /^\s*[=+\-@]/.test(text) ? `'${text}` : text;
  return /[",]/.test(harmless) ? `"${harmless.replaceAll('"', '""')}"` : harmless;
}

/** The same for people: all steps, then what each stage took, in Markdown. */
export function latencyMarkdown(runs: Recorded[]): string {
  const stages = stageTimes(runs).map(({ name, function: called, count, failed, queue, call, work }) => [
    ...[name, called, count, failed],
    ...[queue, call, work].flatMap(({ p50, p95 }) => [p50, p95]),
  ]);
  const heads = ['queue', 'call', 'work'].flatMap((kind) => [`${kind} p50`, `${kind} p95`]);
  return [
    'Times in milliseconds.',
    '',
    ...table(['step', 'function', 'pictures', 'failed', ...heads], stages, 2),
    '',
    ...table(COLUMNS, rows(runs), TEXTS),
    '',
  ].join('\n');
}

function table(heads: string[], lines: Cell[][], texts: number): string[] {
  const rule = heads.map((_, index) => (index < texts ? '---' : '---:'));
  return [heads, rule, ...lines].map(
    (line) => `| ${line.map((cell) => String(cell).replaceAll('|', '\\|')).join(' | ')} |`,
  );
}
