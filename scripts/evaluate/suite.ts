import { readFile } from 'node:fs/promises';
import path from 'node:path';
import * as z from 'zod';
import { UsageError } from '../models/usage-error.ts';
import { type Judged, KINDS, type Kind } from './kinds.ts';
import { percent, table } from './report.ts';

/* Evaluates several sets in one run and compares each figure with its target. */

const KIND_NAMES = Object.keys(KINDS) as [Kind, ...Kind[]];
const BAR = /^(>=|<=) ?(\d+(?:\.\d+)?)$/;

const suiteSet = z.strictObject({
  name: z.string().min(1),
  kind: z.enum(KIND_NAMES),
  /** A folder or a list, relative to the suite. */
  data: z.string().min(1),
  labels: z.array(z.string().min(1)).min(1).optional(),
  labelset: z.string().optional(),
  prompt: z.string().optional(),
  /** A file of pairs of words, relative to the suite. */
  pairs: z.string().optional(),
  /** By figure, in per cent: `>= 80` or `<= 5`. */
  bars: z.record(z.string(), z.string().regex(BAR, 'must be such as ">= 80"')).optional(),
});
const suiteFile = z.strictObject({ sets: z.array(suiteSet).min(1) });

export type SuiteSet = z.output<typeof suiteSet>;

/** Reads a suite; its paths become absolute. @throws UsageError */
export async function readSuite(file: string): Promise<SuiteSet[]> {
  const text = await readFile(file, 'utf8').catch(() => {
    throw new UsageError(`There is no ${file}.`, 2);
  });
  const at = (name: string) => path.resolve(path.dirname(file), name);
  try {
    const { sets } = suiteFile.parse(JSON.parse(text));
    return sets.map((set) => ({ ...set, data: at(set.data), ...(set.pairs && { pairs: at(set.pairs) }) }));
  } catch (error) {
    const detail = error instanceof z.ZodError ? z.prettifyError(error) : (error as Error).message;
    throw new UsageError(`${file} cannot be used: ${detail}`, 2);
  }
}

export interface SuiteRow {
  set: SuiteSet;
  judged: Judged;
}

/** A row for each figure, then each set's own table. @throws UsageError for the target of an unknown figure */
export function suiteReport(title: string, rows: readonly SuiteRow[]): string {
  const figures = rows.flatMap(({ set, judged }) => {
    const unknown = Object.keys(set.bars ?? {}).find((name) => !Object.hasOwn(judged.figures, name));
    if (unknown !== undefined) {
      throw new UsageError(
        `"${set.name}" has no figure "${unknown}"; it has ${Object.keys(judged.figures).join(', ')}.`,
        2,
      );
    }
    return Object.entries(judged.figures).map(([name, value]) => {
      const bar = set.bars?.[name];
      const reached = bar === undefined ? '' : isReached(value, bar) ? 'yes' : 'no';
      return [set.name, judged.pictures, name, percent(value), bar ?? '', reached];
    });
  });
  const head = table(['set', 'pictures', 'figure', '%', 'bar', 'reached'], figures);
  return [`# ${title}`, head, ...rows.flatMap(({ set, judged }) => [`## ${set.name}`, judged.detail]), ''].join('\n\n');
}

/** @param value a share from 0 to 1 */
export function isReached(value: number, bar: string): boolean {
  const [, sign, percents] = BAR.exec(bar) ?? [];
  return sign === '>=' ? value * 100 >= Number(percents) : value * 100 <= Number(percents);
}
