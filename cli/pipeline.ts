import { mkdir, stat } from 'node:fs/promises';
import { type LabelAnswer, labelRows } from './classify.ts';
import type { Command } from './commands.ts';
import { eachPicture, gatewayFlags, manyFlags, printable, type Said } from './common.ts';
import { findInputs, type Input, readInput } from './inputs.ts';
import { fileOf, type Target, Writer } from './outputs.ts';
import { UsageError } from './usage.ts';

interface Step {
  name: string;
  ms: { queue: number; call: number; work: number };
  error?: { detail: string };
}

interface Answer extends Partial<LabelAnswer> {
  steps: Step[];
  picture?: { image: string; contentType: string; width: number; height: number };
  ms: number;
}

/** Pictures through several functions, each step timed. */
export const pipeline: Command = {
  summary: 'Send pictures through several functions, with times',
  usage: '[--steps "denoise;cutout;classify:labels=cat|dog"] PICTURE… [-o FOLDER]',
  flags: {
    steps: { value: 'STEPS', short: 's', about: "the steps and their options; the function's own steps without it" },
    output: { value: 'FOLDER', short: 'o', about: 'where the last picture of each goes; none is kept without it' },
    force: { short: 'f', about: 'overwrite what exists' },
    ...manyFlags,
    ...gatewayFlags,
  },
  run: async (work) => {
    const { given, caller } = work;
    const folder = given.text('output');
    const target: Target | undefined =
      folder === undefined ? undefined : { to: 'folder', folder: await folderOf(folder) };
    const writer = new Writer(given.has('force'));
    const times = new Map<string, number[]>();
    const one = async (input: Input): Promise<Said> => {
      const picture = await readInput(input);
      const options = { steps: given.text('steps'), pictures: target && 'last', url: picture ? undefined : input.name };
      const answer = await caller.call('pipeline-fn', { options, picture, accept: 'application/json' });
      const { picture: last, ...json } = JSON.parse(answer.body.toString('utf8')) as Answer;
      for (const { name, ms } of json.steps) times.set(name, [...(times.get(name) ?? []), ms.call]);
      const file = target && last && fileOf(target, input, last.contentType, 'pipeline');
      if (file && last) await writer.write(file, Buffer.from(last.image, 'base64'));
      return { text: table(input.name, json, file), json: { ...json, ...(file && { output: file }) } };
    };
    const status = await eachPicture(work, await findInputs(given.positionals), one);
    if (!given.has('quiet') && !given.has('json')) work.stderr(means(times));
    return status;
  },
};

/** @throws UsageError when a file stands there */
async function folderOf(folder: string): Promise<string> {
  const info = await stat(folder).catch(() => undefined);
  if (info && !info.isDirectory()) throw new UsageError(`${folder} is a file; -o names a folder here.`);
  await mkdir(folder, { recursive: true });
  return folder;
}

function table(name: string, { labels = [], unknown = false, steps, ms }: Answer, file: string | undefined): string {
  const head = file ? `${printable(name)} → ${printable(file)}` : printable(name);
  const timed = steps.map((step) => `${step.name} ${step.ms.call.toFixed(0)}${step.error ? ' (left out)' : ''}`);
  const last = `  ${timed.join(', ')}; ${ms.toFixed(0)} ms in all`;
  return `${[head, ...labelRows({ labels, unknown }), last].join('\n')}\n`;
}

/** Mean of each step over all pictures. */
function means(times: Map<string, number[]>): string {
  const rows = [...times].map(([name, all]) => {
    const mean = all.reduce((sum, ms) => sum + ms, 0) / all.length;
    return `${name.padEnd(16)}${mean.toFixed(1).padStart(10)} ms, the mean of ${all.length}\n`;
  });
  return rows.join('');
}
