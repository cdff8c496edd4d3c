import { readFile } from 'node:fs/promises';
import { type Classification, judged, remarked, verdictOf } from '#contract/classification';
import { csv } from '#report/csv';
import type { Command, Work } from './command.ts';
import { batchFlags, eachPicture, gatewayFlags, noPicture, type Output, printable, promptFlag } from './common.ts';
import { examplesIn } from './examples.ts';
import { findInputs, type Input, readInput } from './inputs.ts';
import { UsageError } from './usage.ts';

const COLUMNS = ['picture', 'rank', 'label', 'score', 'cosine', 'state', 'unknown'];

/** What is in a picture, as percentages with two decimals. */
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
    const { given, caller } = work;
    const folder = given.text('examples');
    const inputs = await findInputs(given.positionals, work.stderr);
    if (inputs.length === 0) throw noPicture();
    const options = {
      ...(await labelOptions(work)),
      examples: folder === undefined ? undefined : await examplesIn(folder, work),
      prompt: given.list('prompt'),
      top: given.has('top') ? String(given.count('top', 5, { min: 1, max: 2_000 })) : undefined,
      minCosine: given.text('min-cosine'),
    };
    if (given.has('csv')) await work.stdout(csv([COLUMNS]));
    const classification = async (input: Input): Promise<Output> => {
      const picture = await readInput(input);
      const url = picture ? undefined : input.name;
      const answer = await caller.call('clip-fn', {
        options: { ...options, url },
        picture,
        accept: 'application/json',
      });
      const answered = JSON.parse(answer.body.toString('utf8')) as Classification;
      const json = { ...answered, ...judged(answered) };
      if (json.hint && !given.has('quiet')) work.stderr(`${printable(json.hint)}\n`);
      return { text: given.has('csv') ? rows(input.name, json) : words(input.name, json), json };
    };
    return eachPicture(work, inputs, classification);
  },
};

/** The labels of the command line: its own, a file's, or a set by name. @throws UsageError */
async function labelOptions({ given }: Work): Promise<Record<string, string | undefined>> {
  const [own, file, labelset] = [given.list('labels'), given.text('labels-file'), given.text('labelset')];
  if (own) return { labels: own.join(',') };
  if (file === undefined) return { labelset };
  const text = await readFile(file, 'utf8').catch(() => {
    throw new UsageError(`The labels file ${file} cannot be read.`);
  });
  const lines = text.split(/\r?\n/).map((line) => line.trim());
  // As JSON, so that a comma in a label parts nothing.
  return { labels: JSON.stringify(lines.filter((line) => line !== '')) };
}

/** Of one against the other a sentence with both, as older clients printed it; else the name, then a line a label. */
function words(name: string, classification: Classification): string {
  const { labels, state } = classification;
  if (labels.length !== 2) return `${[printable(name), ...labelRows(classification)].join('\n')}\n`;
  const both = labels.map(({ label, score }) => `${percent(score)} % ${printable(label)}`).join(', ');
  return `${printable(name)}: ${both}${state === 'sure' ? '' : ` (${printable(verdictOf(classification) ?? '')})`}\n`;
}

/** A line a label, such as `   97.31 %  cat`; before them, where the model is not sure, a line that says so. */
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
