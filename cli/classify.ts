import { readFile } from 'node:fs/promises';
import { type Classification, judged, remarked, verdictOf } from '#contract/classification';
import { printable } from '#kit/printable';
import { csv } from '#report/csv';
import type { Command, Work } from './command.ts';
import { batchFlags, eachPicture, gatewayFlags, noPicture, type Output, promptFlag } from './common.ts';
import { examplesIn } from './examples.ts';
import { findInputs, type Input, readInput } from './inputs.ts';
import { UsageError } from './usage.ts';

const COLUMNS = ['picture', 'rank', 'label', 'score', 'cosine', 'state', 'unknown'];

export const classify: Command = {
  summary: 'Label pictures: what is in them',
  usage: 'PICTURE…',
  aliases: ['label'],
  flags: {
    labels: {
      value: 'A,B,…',
      short: 'l',
      multiple: true,
      conflicts: ['labels-file', 'labelset'],
      about: 'what might be in it; the default set without them',
    },
    'labels-file': {
      value: 'FILE',
      conflicts: ['labelset'],
      values: 'files',
      about: 'labels from a file, one on each line',
    },
    labelset: { value: 'NAME', values: 'label sets', about: 'a set of labels (see obscura label-sets)' },
    examples: {
      value: 'FOLDER',
      values: 'folders',
      conflicts: ['labelset'],
      about: 'classes by example: a subfolder of pictures for each; --labels are then words for these classes',
    },
    prompt: promptFlag('the label'),
    top: { value: 'N', about: 'how many labels to show (5)' },
    'min-cosine': { value: 'X', about: 'cosine below which the answer is "none of these"; 0 turns this off' },
    csv: { conflicts: ['json'], about: `a table: ${COLUMNS.join(', ')}` },
    ...batchFlags,
    ...gatewayFlags,
  },
  run: async (work) => {
    const { args, caller } = work;
    const folder = args.text('examples');
    const inputs = await findInputs(args.positionals, work.stderr);
    if (inputs.length === 0) throw noPicture();
    const options = {
      ...(await labelOptions(work)),
      examples: folder === undefined ? undefined : await examplesIn(folder, work),
      prompt: args.list('prompt'),
      top: args.has('top') ? String(args.count('top', 5, { min: 1, max: 2_000 })) : undefined,
      minCosine: args.text('min-cosine'),
    };
    if (args.has('csv')) await work.stdout(csv([COLUMNS]));
    const classifyOne = async (input: Input): Promise<Output> => {
      const picture = await readInput(input);
      const url = picture ? undefined : input.name;
      const answer = await caller.call('clip-fn', {
        options: { ...options, url },
        picture,
        accept: 'application/json',
      });
      const classification = JSON.parse(answer.body.toString('utf8')) as Classification;
      const json = { ...classification, ...judged(classification) };
      if (json.hint && !args.has('quiet')) work.stderr(`${printable(json.hint)}\n`);
      return { text: args.has('csv') ? rows(input.name, json) : words(input.name, json), json };
    };
    return eachPicture(work, inputs, classifyOne);
  },
};

/** Labels from the command line or a file, or the name of a set. @throws UsageError */
async function labelOptions({ args }: Work): Promise<Record<string, string | undefined>> {
  const [own, file, labelset] = [args.list('labels'), args.text('labels-file'), args.text('labelset')];
  if (own) return { labels: own.join(',') };
  if (file === undefined) return { labelset };
  const text = await readFile(file, 'utf8').catch(() => {
    throw new UsageError(`The labels file ${file} cannot be read.`);
  });
  const lines = text.split(/\r?\n/).map((line) => line.trim());
  // As JSON: labels may contain commas.
  return { labels: JSON.stringify(lines.filter((line) => line !== '')) };
}

/** Two labels on one line, as older clients print them; otherwise the name, then each label on a line of its own. */
function words(name: string, classification: Classification): string {
  const { labels, state } = classification;
  if (labels.length !== 2) return `${[printable(name), ...labelRows(classification)].join('\n')}\n`;
  const both = labels.map(({ label, score }) => `${percent(score)} % ${printable(label)}`).join(', ');
  return `${printable(name)}: ${both}${state === 'sure' ? '' : ` (${printable(verdictOf(classification) ?? '')})`}\n`;
}

/** One line for each label, such as `   97.31 %  cat`; first a line that says so if the model is not sure. */
export function labelRows({ labels, state }: Pick<Classification, 'labels' | 'state'>): string[] {
  const text = verdictOf({ labels, state });
  const verdict = text === undefined ? [] : [`  ${printable(text)}`];
  const each = labels.map((found) => `  ${percent(found.score).padStart(6)} %  ${printable(remarked(found))}`);
  return [...verdict, ...each];
}

function percent(score: number): string {
  return (score * 100).toFixed(2);
}

function rows(name: string, { labels, state, unknown }: Classification): string {
  const each = labels.map(({ label, score, cosine }, index) => [name, index + 1, label, score, cosine]);
  return csv(each.map((row) => [...row, state, String(unknown)]));
}
