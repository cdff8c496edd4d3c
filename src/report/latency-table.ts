import type { Recorded, StepRecord } from '#contract/step-record';
import { type Cell, csv } from '#report/csv';
import { stageTimes } from '#report/stage-times';

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

function row(
  picture: number,
  { name, function: called, start, ms, tries, bytes, width, height, error }: StepRecord,
): Cell[] {
  return [picture, name, called, start, ms.queue, ms.call, ms.work, tries, bytes, width, height, error?.code ?? ''];
}

function rows(runs: Recorded[]): Cell[][] {
  return runs.flatMap(({ steps }, index) => steps.map((record) => row(index + 1, record)));
}

/** One line for each picture and step, times in milliseconds (RFC 4180). */
export function latencyCsv(runs: Recorded[]): string {
  return csv([COLUMNS, ...rows(runs)]);
}

/** All steps, then the latencies of each stage, in Markdown. */
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
