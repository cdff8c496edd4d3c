import type { IncomingHttpHeaders } from 'node:http';
import type { BatchLabels, BatchRanks, PictureEmbedding, PictureLabels, TextEmbeddings, Truncation } from '#clip';
import { remarked, verdictOf } from '#contract/classification';
import { problemOf } from '#contract/problem-data';
import { Problem } from '#contract/problems';
import type { FunctionContext } from '#handler';
import { preferredType } from '#http/accept';
import { serverTiming } from '#intake';
import { printable } from '#kit/printable';

type Timings = Record<string, number>;

/** The answers for the pictures of a request, in order; a Problem for each that failed. */
export interface Answers<Each> {
  pictures: (Each | Problem)[];
  batch: boolean;
  /** Milliseconds for each stage that ran once for all pictures. */
  timings: Timings;
}

const TABLE = 'text/plain; charset=utf-8';

/** Whether the caller prefers text to JSON. */
export function wantsTable(headers: IncomingHttpHeaders): boolean {
  return preferredType(headers, ['application/json', TABLE]) === TABLE;
}

/** Answers with JSON; with `Server-Timing` if the answer has timings. */
export function answerJson(context: FunctionContext, { timings, ...value }: Record<string, unknown>): void {
  context.headers({ 'content-type': 'application/json', ...commonHeaders(timings as Timings | undefined) });
  context.succeed({ ...value, ...(timings !== undefined && { timings: roundedAll(timings as Timings) }) });
}

type Labelled = Answers<PictureLabels> & Pick<BatchLabels, 'model' | 'unfamiliarWords' | 'truncation' | 'larger'>;

/** Answers with the labels as JSON: of one picture, or of a batch in `pictures`. */
export function answerLabels(context: FunctionContext, answer: Labelled): void {
  const { model } = answer;
  const hint = hintFor(answer);
  const toJson = ({ labels, ...rest }: PictureLabels) => ({
    labels: labels.map((found) => ({ ...found, score: rounded(found.score), cosine: rounded(found.cosine) })),
    ...rest,
  });
  const { timings, ...rest } = flattened(answer, toJson);
  answerJson(context, { model, ...rest, ...(hint && { hint }), timings });
}

/** Answers with the labels as tables, for a terminal. */
export function answerTable(context: FunctionContext, answer: Labelled): void {
  const tables = answer.pictures.map((one, i) => {
    const title = answer.batch ? [`Picture ${i + 1}`] : [];
    return [...title, ...(one instanceof Problem ? [one.message] : tableOf(one))].join('\n');
  });
  const hint = hintFor(answer);
  context.headers({
    'content-type': TABLE,
    ...commonHeaders(flattened(answer, (one) => one).timings as Timings),
  });
  context.succeed(`${[...tables, ...(hint ? [hint] : [])].join('\n\n')}\n`);
}

function tableOf({ labels, state }: PictureLabels): string[] {
  const names = labels.map((found) => printable(remarked(found)));
  const width = Math.max(...names.map((name) => name.length));
  const rows = labels.map(({ score, cosine }, i) => {
    const bar = '█'.repeat(Math.round(score * 30));
    const percent = (score * 100).toFixed(1).padStart(5);
    return `${names[i]?.padEnd(width)}  ${percent} %  ${cosine.toFixed(3)}  ${bar}`.trimEnd();
  });
  const verdict = verdictOf({ labels, state });
  return [...(verdict ? [printable(verdict)] : []), ...rows];
}

/** Answers with embeddings: `image` (for a batch, `pictures`, each with its `image`) and `texts`, in order. */
export function answerEmbeddings(
  context: FunctionContext,
  model: string | undefined,
  answer: Answers<PictureEmbedding>,
  texts: TextEmbeddings | undefined,
): void {
  const toJson = ({ vector, timings }: PictureEmbedding) => ({ image: Array.from(vector), timings });
  const { timings, ...rest } = flattened(answer, toJson);
  const vectors = texts?.vectors.map((vector) => Array.from(vector));
  const hint = texts && cutHint(texts);
  answerJson(context, { model, ...rest, ...(vectors && { texts: vectors }), ...(hint && { hint }), timings });
}

/** Answers with the pictures by similarity to the text, each with its index in the request; failed ones last. */
export function answerRanks(context: FunctionContext, text: string, ranks: Omit<BatchRanks, 'order'>): void {
  const all = ranks.pictures.map((one, index) =>
    one instanceof Problem
      ? { index, score: -1, problem: problemOf(one) }
      : { index, score: rounded(one.score), cosine: rounded(one.cosine), timings: roundedAll(one.timings) },
  );
  const sorted = all.sort((a, b) => b.score - a.score || a.index - b.index);
  const pictures = sorted.map((one) => ('problem' in one ? { index: one.index, problem: one.problem } : one));
  const hint = cutHint(ranks);
  answerJson(context, { model: ranks.model, text, pictures, ...(hint && { hint }), timings: ranks.timings });
}

/** The answer for one picture with all timings; for a batch `pictures`, and the timings of the stages that ran once. */
function flattened<Each extends { timings: Timings }>(
  { pictures, batch, timings: { intake, ...once } }: Answers<Each>,
  toJson: (one: Each) => { timings: Timings },
): Record<string, unknown> {
  const [only] = pictures;
  const first = intake === undefined ? {} : { intake };
  if (batch || only === undefined) {
    const each = pictures.map((one) =>
      one instanceof Problem ? { problem: problemOf(one) } : withRounded(toJson(one)),
    );
    return { ...(batch && { pictures: each }), timings: { ...first, ...once } };
  }
  if (only instanceof Problem) throw only;
  const { timings, ...rest } = toJson(only);
  return { ...rest, timings: { ...first, ...timings, ...once } };
}

function withRounded<T extends { timings: Timings }>(one: T): T {
  return { ...one, timings: roundedAll(one.timings) };
}

function commonHeaders(timings: Timings = {}): Record<string, string> {
  return {
    'x-content-type-options': 'nosniff',
    'cache-control': 'no-store',
    ...(Object.keys(timings).length > 0 && { 'server-timing': serverTiming(timings) }),
  };
}

const HINTED = 5;
const SHOWN = 40;

/**
 * The hint of an answer: about words the model does not know, truncated labels, and a larger model if it is not sure.
 */
function hintFor(answer: Labelled): string | undefined {
  const { model, unfamiliarWords: words, larger, pictures } = answer;
  const weak = pictures.some((one) => !(one instanceof Problem) && one.state !== 'sure');
  const named = firstOf(words, (word) => `"${printable(word)}"`);
  const cut = cutHint(answer);
  const hints = [
    ...(words.length > 0 ? [`${model} does not know ${named}: such labels are guesses.`] : []),
    ...(cut ? [cut] : []),
    ...(larger && (weak || words.length > 0)
      ? [`A larger model knows more: npm run models -- install ${larger}.`]
      : []),
  ];
  return hints.length > 0 ? hints.join(' ') : undefined;
}

/** The hint about texts that were truncated. */
function cutHint({ model, truncation: { contextLength, texts } }: { model: string; truncation: Truncation }) {
  if (texts.length === 0) return undefined;
  const named = firstOf(texts, ({ text, tokens }) => `"${printable(shortened(text))}" has ${tokens}`);
  return `${model} reads ${contextLength} tokens of a text, its prompt included: ${named}; the rest is ignored.`;
}

/** Names the first few, and says how many more there are. */
function firstOf<T>(all: readonly T[], inWords: (one: T) => string): string {
  const named = all.slice(0, HINTED).map(inWords).join(', ');
  return all.length > HINTED ? `${named} and ${all.length - HINTED} more` : named;
}

function shortened(text: string): string {
  return text.length > SHOWN ? `${text.slice(0, SHOWN - 1)}…` : text;
}

/** Six significant digits, the precision of a 32-bit float. */
function rounded(value: number): number {
  return Number(value.toPrecision(6));
}

function roundedAll(timings: Timings): Timings {
  return Object.fromEntries(Object.entries(timings).map(([stage, ms]) => [stage, Math.round(ms * 100) / 100]));
}
