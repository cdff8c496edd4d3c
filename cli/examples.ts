import { readdir } from 'node:fs/promises';
import path from 'node:path';
import type { EmbedAnswer } from '#contract/clip-answers';
import { Problem } from '#contract/problems';
import { printable } from '#kit/printable';
import type { Work } from './command.ts';
import { createProgress } from './common.ts';
import { concurrently } from './concurrently.ts';
import { findInputs, type Input, readInput } from './inputs.ts';
import { UsageError } from './usage.ts';

/** clip-fn's limits, checked before anything is sent. */
const CLASSES = { min: 2, max: 32 };
const MAX_EXAMPLES = 128;

/** Classes by example as clip-fn takes them; embeddings are little-endian 32-bit floats in base64. */
type SentClasses = Record<string, { embedding: string }[]>;

/**
 * Embeds the pictures of classes by example: each subfolder is a class, named after it. Requests then contain the
 * embeddings in place of the pictures.
 * @throws UsageError, or a Problem that names the file
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
      jobs: work.args.count('jobs', 4, { min: 1, max: 64 }),
      signal: work.signal,
      onProgress: progress.show,
      onOutcome: (outcome) => {
        if ('failure' in outcome) failure ??= withName(outcome.failure, outcome.input);
        else {
          const label = all.find(({ input }) => input === outcome.input)?.label as string;
          classes.set(label, [...(classes.get(label) ?? []), { embedding: outcome.output }]);
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
  const request = { path: '/embed', picture, accept: 'application/json' };
  const { body } = await caller.call('clip-fn', request);
  const { image = [] } = JSON.parse(body.toString('utf8')) as EmbedAnswer;
  const bytes = Buffer.alloc(image.length * Float32Array.BYTES_PER_ELEMENT);
  for (const [i, value] of image.entries()) bytes.writeFloatLE(value, i * Float32Array.BYTES_PER_ELEMENT);
  return bytes.toString('base64');
}

function withName({ code, message, members }: Problem, { name }: Input): Problem {
  return new Problem(code, `The example ${printable(name)}: ${message}`, { members });
}
