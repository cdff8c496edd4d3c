import { stat } from 'node:fs/promises';
import path from 'node:path';
import type { Recorded } from '#contract/step-record';
import { latencyCsv, latencyMarkdown } from '#report/latency-table';
import { timelineSvg } from '#report/timeline';
import type { Writer } from './outputs.ts';
import { UsageError } from './usage.ts';

/* The report of a pipeline run: its timeline and latencies. */

const DRAWINGS: Record<string, (runs: Recorded[]) => Buffer | Promise<Buffer>> = {
  'timeline.svg': (runs) => Buffer.from(timelineSvg(runs)),
  'timeline.png': timelinePng,
  'latency.csv': (runs) => Buffer.from(latencyCsv(runs)),
  'latency.md': (runs) => Buffer.from(latencyMarkdown(runs)),
};

/** @throws Problem if a file cannot be written */
export async function writeReport(folder: string, runs: Recorded[], writer: Writer): Promise<void> {
  for (const [name, draw] of Object.entries(DRAWINGS)) await writer.write(path.join(folder, name), await draw(runs));
}

/** Fails before the work begins if there is an earlier report. @throws UsageError */
export async function refuseOldReport(folder: string): Promise<void> {
  for (const name of Object.keys(DRAWINGS)) {
    const file = path.join(folder, name);
    const exists = await stat(file).catch(() => undefined);
    if (exists) throw new UsageError(`${file} exists; --force overwrites it.`);
  }
}

async function timelinePng(runs: Recorded[]): Promise<Buffer> {
  // Loaded only for a report: it takes time.
  const { default: sharp } = await import('sharp');
  return sharp(Buffer.from(timelineSvg(runs)), { limitInputPixels: false })
    .png()
    .toBuffer();
}
