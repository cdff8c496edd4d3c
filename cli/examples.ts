import { readdir } from 'node:fs/promises';
import path from 'node:path';
import type { EmbedAnswer } from '#contract/clip-answers';
import { Problem } from '#contract/problems';
import type { Work } from './command.ts';
import { createProgress, printable } from './common.ts';
import { concurrently } from './concurrently.ts';
import { findInputs, type Input, readInput } from './inputs.ts';
import { UsageError } from './usage.ts';

/** As clip-fn has them: more are refused before any is sent. */
const CLASSES = { min: 2, max: 32 };
const MAX_EXAMPLES = 128;

/** Classes by example as clip-fn reads them: their examples' embeddings, little-endian floats of 32 bits as base64. */
export type SentClasses = Record<string, { embedding: string }[]>;

/**
 * Classes by example: each subfolder of a folder is one, by its name, with the pictures in it.
 * They are embedded once, so that each picture in question brings vectors along and no pictures.
 * @throws UsageError, or Problem that names the file
 */
export async function examplesIn(folder: string, work: Work): Promise<SentClasses> {
  const all = await picturesIn(folder, work);
  const classes = new Map<string, { embedding: string }[]>();
  const progress = createProgress(work, all.length);
  let failure: Problem | undefined;
  await concurrently(
    all.map(({ input }) => input),
    (input) => embeddingOf(input, work),
    {
      jobs: work.given.count('jobs', 4, { min: 1, max: 64 }),
      signal: work.signal,
      progress: progress.show,
      tell: (outcome) => {
        if ('failure' in outcome) failure ??= blamed(outcome.failure, outcome.input);
        else {
          const label = all.find(({ input }) => input === outcome.input)?.label as string;
          classes.set(label, [...(classes.get(label) ?? []), { embedding: outcome.said }]);
        }
      },
    },
  );
  progress.clear();
  work.signal.throwIfAborted();
  if (failure) throw failure;
  return Object.fromEntries(classes);
}

interface Labelled {
  label: string;
  input: Input;
}

/** @throws UsageError */
async function picturesIn(folder: string, { stderr }: Work): Promise<Labelled[]> {
  const items = await readdir(folder, { withFileTypes: true }).catch(() => {
    throw new UsageError(`There is no folder ${folder} with examples.`);
  });
  const labels = items.filter((item) => item.isDirectory() && !item.name.startsWith('.')).map(({ name }) => name);
  if (labels.length < CLASSES.min || labels.length > CLASSES.max) {
    const wanted = `${CLASSES.min} to ${CLASSES.max} subfolders, one for each class`;
    throw new UsageError(`${folder} must have ${wanted}; it has ${labels.length}.`);
  }
  const all: Labelled[] = [];
  for (const label of labels.sort()) {
    const inputs = await findInputs([path.join(folder, label)], stderr);
    if (inputs.length === 0) throw new UsageError(`There is no picture in ${path.join(folder, label)}.`);
    all.push(...inputs.map((input) => ({ label, input })));
  }
  if (all.length <= MAX_EXAMPLES) return all;
  throw new UsageError(`${folder} has ${all.length} pictures; at most ${MAX_EXAMPLES} examples are allowed.`);
}

/** @returns base64 */
async function embeddingOf(input: Input, { caller }: Work): Promise<string> {
  const picture = await readInput(input);
  const asked = { path: '/embed', picture, accept: 'application/json' };
  const { body } = await caller.call('clip-fn', asked);
  const { image = [] } = JSON.parse(body.toString('utf8')) as EmbedAnswer;
  const bytes = Buffer.alloc(image.length * Float32Array.BYTES_PER_ELEMENT);
  for (const [i, value] of image.entries()) bytes.writeFloatLE(value, i * Float32Array.BYTES_PER_ELEMENT);
  return bytes.toString('base64');
}

function blamed({ code, message, members }: Problem, { name }: Input): Problem {
  return new Problem(code, `The example ${printable(name)}: ${message}`, { members });
}
