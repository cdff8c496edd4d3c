import { mkdir, stat } from 'node:fs/promises';
import { type Classification, judged } from '#contract/classification';
import { Problem } from '#contract/problems';
import type { Recorded, StepRecord } from '#contract/step-record';
import { printable } from '#kit/printable';
import { stageTimes } from '#report/stage-times';
import { labelRows } from './classify.ts';
import type { Command, Work } from './command.ts';
import { batchFlags, eachPicture, gatewayFlags, type Output } from './common.ts';
import { findInputs, type Input, readInput } from './inputs.ts';
import { fileOf, type Target, Writer } from './outputs.ts';
import { refuseOldReport, writeReport } from './report.ts';
import { UsageError } from './usage.ts';

interface Answer extends Partial<Pick<Classification, 'labels' | 'state' | 'unknown'>>, Recorded {
  picture?: { image: string; contentType: string; width: number; height: number };
  ms: number;
}

export const pipeline: Command = {
  summary: 'Send pictures through several functions and time each step',
  usage: '[--steps "denoise;cutout;classify:labels=cat|dog"] PICTURE… [-o FOLDER]',
  flags: {
    steps: {
      value: 'STEPS',
      short: 's',
      values: 'steps',
      about: "steps and their options (default: the function's own steps)",
    },
    output: {
      value: 'FOLDER',
      short: 'o',
      values: 'folders',
      about: 'folder for the results, a timeline (SVG, PNG) and the latencies (CSV, Markdown)',
    },
    force: { short: 'f', about: 'overwrite what exists' },
    ...batchFlags,
    ...gatewayFlags,
  },
  run: async (work) => {
    const { args, signal } = work;
    const inputs = await findInputs(args.positionals, work.stderr);
    const folder = args.text('output');
    const force = args.has('force');
    if (folder !== undefined) await makeFolder(folder, force);
    const target: Target | undefined = folder === undefined ? undefined : { to: 'folder', folder };
    const writer = new Writer(force);
    const runs: Recorded[] = [];
    const one = (input: Input) => sendThrough(work, input, { target, writer, runs, began });
    const began = performance.now();
    const status = await eachPicture(work, inputs, one);
    if (signal.aborted || runs.length === 0) return status;
    if (!args.has('quiet') && !args.has('json')) work.stderr(stages(runs));
    if (folder === undefined) return status;
    return writeReport(folder, runs, writer).then(
      () => status,
      (error: unknown) => {
        if (!(error instanceof Problem)) throw error;
        work.stderr(`${error.message}\n`);
        return 1;
      },
    );
  },
};

/** What all pictures of one command share. */
interface Run {
  target: Target | undefined;
  writer: Writer;
  runs: Recorded[];
  /** By `performance.now()`. */
  began: number;
}

async function sendThrough(
  { args, caller }: Work,
  input: Input,
  { target, writer, runs, began }: Run,
): Promise<Output> {
  const picture = await readInput(input);
  const options = { steps: args.text('steps'), pictures: target && 'last', url: picture ? undefined : input.name };
  const sent = performance.now() - began;
  const answer = await caller.call('pipeline-fn', { options, picture, accept: 'application/json' });
  const { picture: last, ...json } = JSON.parse(answer.body.toString('utf8')) as Answer;
  runs.push({ steps: json.steps.map((step) => ({ ...step, start: step.start + Math.round(sent * 10) / 10 })) });
  const file = target && last && fileOf(target, input, last.contentType, 'pipeline');
  if (file && last) await writer.write(file, Buffer.from(last.image, 'base64'));
  return { text: table(input.name, json, file), json: { ...json, ...(file && { output: file }) } };
}

/** @throws UsageError if it is a file, or if it has an earlier report and there is no `--force` */
async function makeFolder(folder: string, force: boolean): Promise<void> {
  const info = await stat(folder).catch(() => undefined);
  if (info && !info.isDirectory()) throw new UsageError(`${folder} is a file; -o must name a folder.`);
  if (!force) await refuseOldReport(folder);
  await mkdir(folder, { recursive: true });
}

function table(name: string, { labels = [], steps, ms, ...rest }: Answer, file: string | undefined): string {
  const head = file ? `${printable(name)} → ${printable(file)}` : printable(name);
  const last = `  ${steps.map(stepText).join(', ')}; ${ms.toFixed(0)} ms in total`;
  return `${[head, ...labelRows({ labels, ...judged(rest) }), last].join('\n')}\n`;
}

function stepText({ name, ms, error }: StepRecord): string {
  return `${name} ${ms.call.toFixed(0)}${error ? ' (skipped)' : ''}`;
}

/** The latencies of each stage over all pictures. */
function stages(runs: Recorded[]): string {
  const row = ([name, ...cells]: (string | number)[]): string =>
    `${String(name).padEnd(16)}${cells.map((cell) => String(cell).padStart(10)).join('')}\n`;
  const lines = stageTimes(runs).map(({ name, count, call, work }) => [name, count, call.p50, call.p95, work.p50]);
  return [['ms', 'pictures', 'call p50', 'call p95', 'work p50'], ...lines].map(row).join('');
}
