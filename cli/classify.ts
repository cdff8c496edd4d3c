import { readFile } from 'node:fs/promises';
import type { Command, Work } from './commands.ts';
import { eachPicture, gatewayFlags, manyFlags, printable, type Said } from './common.ts';
import { findInputs, type Input, readInput } from './inputs.ts';
import { UsageError } from './usage.ts';

interface Label {
  label: string;
  score: number;
  cosine: number;
  unfamiliar?: boolean;
}

/** What a classification says. */
export interface LabelAnswer {
  labels: Label[];
  unknown: boolean;
}

interface Answer extends LabelAnswer {
  hint?: string;
}

/** What is in a picture, as percentages with two decimals. */
export const classify: Command = {
  summary: 'Tell what is in a picture',
  usage: 'PICTURE…',
  flags: {
    labels: {
      value: 'A,B,…',
      short: 'l',
      multiple: true,
      about: 'what might be in it; without labels the default set',
    },
    'labels-file': { value: 'FILE', about: 'labels from a file, one a line' },
    labelset: { value: 'NAME', about: 'a set of labels (see obscura labelsets)' },
    prompt: { value: 'TEXT', multiple: true, about: 'photo, ensemble, none, or a text with {} for the label' },
    top: { value: 'N', about: 'how many labels to show (5)' },
    'min-cosine': { value: 'X', about: 'below it the picture is unknown; 0 turns that off' },
    csv: { about: 'a table: picture, rank, label, score, cosine' },
    ...manyFlags,
    ...gatewayFlags,
  },
  run: async (work) => {
    const { given, caller } = work;
    if (given.has('csv') && given.has('json')) throw new UsageError('Give --csv or --json, not both.');
    const options = {
      ...(await labelOptions(work)),
      prompt: given.list('prompt'),
      top: given.text('top'),
      minCosine: given.text('min-cosine'),
    };
    const inputs = await findInputs(given.positionals);
    if (given.has('csv')) await work.stdout('picture,rank,label,score,cosine\n');
    const seen = async (input: Input): Promise<Said> => {
      const picture = await readInput(input);
      const url = picture ? undefined : input.name;
      const answer = await caller.call('clip-fn', {
        options: { ...options, url },
        picture,
        accept: 'application/json',
      });
      const json = JSON.parse(answer.body.toString('utf8')) as Answer;
      if (json.hint && !given.has('quiet')) work.stderr(`${printable(json.hint)}\n`);
      return { text: given.has('csv') ? csv(input.name, json) : table(input.name, json), json };
    };
    return eachPicture(work, inputs, seen);
  },
};

/** The labels of the command line: its own, a file's, or a set by name. @throws UsageError */
async function labelOptions({ given }: Work): Promise<Record<string, string | undefined>> {
  const [own, file, labelset] = [given.list('labels'), given.text('labels-file'), given.text('labelset')];
  if ([own, file, labelset].filter((value) => value !== undefined).length > 1) {
    throw new UsageError('Give one of --labels, --labels-file and --labelset.');
  }
  if (own) return { labels: own.join(',') };
  if (file === undefined) return { labelset };
  const text = await readFile(file, 'utf8').catch(() => {
    throw new UsageError(`The labels file ${file} cannot be read.`);
  });
  const lines = text.split(/\r?\n/).map((line) => line.trim());
  // As JSON, so that a comma in a label parts nothing.
  return { labels: JSON.stringify(lines.filter((line) => line !== '')) };
}

/** The picture's name, then a line a label. */
function table(name: string, answer: Answer): string {
  return `${[printable(name), ...labelRows(answer)].join('\n')}\n`;
}

/** A line a label, such as `   97.31 %  cat`; before them, where none comes near, a line that says so. */
export function labelRows({ labels, unknown }: LabelAnswer): string[] {
  const rows = labels.map(({ label, score, unfamiliar }) => {
    const percent = (score * 100).toFixed(2).padStart(6);
    return `  ${percent} %  ${printable(label)}${unfamiliar ? ' (unfamiliar)' : ''}`;
  });
  const verdict = unknown ? ['  None of these labels comes near: unknown.'] : [];
  return [...verdict, ...rows];
}

function csv(name: string, { labels }: Answer): string {
  const rows = labels.map(({ label, score, cosine }, index) =>
    [name, index + 1, label, score, cosine].map(cell).join(','),
  );
  return `${rows.join('\n')}\n`;
}

/** RFC 4180. A text that a spreadsheet would take for a formula gets an apostrophe in front. */
function cell(value: string | number): string {
  if (typeof value === 'number') return String(value);
  const text = /^[=+\-@\t\r]/.test(value) ? `'${value}` : value;
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
