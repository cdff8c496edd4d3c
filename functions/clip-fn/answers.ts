import type { IncomingHttpHeaders } from 'node:http';
import type { Classification, Embedding } from '#clip';
import type { FunctionContext } from '#handler';

type Timings = Record<string, number>;

/** Whether a caller asks for text and for nothing else: somebody at a terminal. */
export function wantsTable({ accept = '' }: IncomingHttpHeaders): boolean {
  return /^\s*text\/plain\s*(;[^,]*)?$/i.test(accept);
}

/** Answers with JSON; stages, where the answer has them, also as `Server-Timing`. */
export function answerJson(context: FunctionContext, value: Record<string, unknown>): void {
  context.headers({ 'content-type': 'application/json', ...commonHeaders(value.timings as Timings | undefined) });
  context.succeed(value);
}

/** The labels as JSON. */
export function answerLabels(context: FunctionContext, { unfamiliarWords, ...answer }: Classification): void {
  const hint = hintFor(answer.model, unfamiliarWords);
  const labels = answer.labels.map((found) => ({
    ...found,
    score: rounded(found.score),
    cosine: rounded(found.cosine),
  }));
  answerJson(context, { ...answer, labels, ...(hint && { hint }), timings: roundedAll(answer.timings) });
}

/** The labels as a table for people at a terminal. */
export function answerTable(context: FunctionContext, answer: Classification): void {
  context.headers({ 'content-type': 'text/plain; charset=utf-8', ...commonHeaders(answer.timings) });
  const names = answer.labels.map(({ label, unfamiliar }) => `${printable(label)}${unfamiliar ? ' (unfamiliar)' : ''}`);
  const width = Math.max(...names.map((name) => name.length));
  const rows = answer.labels.map(({ score, cosine }, i) => {
    const bar = '█'.repeat(Math.round(score * 30));
    return `${names[i]?.padEnd(width)}  ${(score * 100).toFixed(1).padStart(5)} %  ${cosine.toFixed(3)}  ${bar}`.trimEnd();
  });
  const hint = hintFor(answer.model, answer.unfamiliarWords);
  const verdict = answer.unknown ? ['None of these labels comes near: unknown.'] : [];
  context.succeed(`${[...verdict, ...rows, ...(hint ? ['', hint] : [])].join('\n')}\n`);
}

/** Embeddings as JSON: `image` (one) and `texts` (in order), as far as they were asked for. */
export function answerEmbeddings(
  context: FunctionContext,
  { image, texts, intake }: { image?: Embedding | undefined; texts?: Embedding | undefined; intake: number },
): void {
  answerJson(context, {
    model: (image ?? texts)?.model,
    ...(image && { image: Array.from(image.vectors[0] ?? []) }),
    ...(texts && { texts: texts.vectors.map((vector) => Array.from(vector)) }),
    timings: roundedAll({ intake, ...image?.timings, ...texts?.timings }),
  });
}

function commonHeaders(timings: Timings = {}): Record<string, string> {
  const stages = Object.entries(timings).map(([stage, ms]) => `${stage};dur=${ms.toFixed(1)}`);
  return {
    'x-content-type-options': 'nosniff',
    'cache-control': 'no-store',
    ...(stages.length > 0 && { 'server-timing': stages.join(', ') }),
  };
}

const HINTED_WORDS = 5;

/** What to do about words that the model never learned. */
function hintFor(model: string, words: string[]): string | undefined {
  if (words.length === 0) return undefined;
  const named = words.slice(0, HINTED_WORDS).map((word) => `"${printable(word)}"`);
  const more = words.length > named.length ? ` and ${words.length - named.length} more` : '';
  return `${model} never learned ${named.join(', ')}${more}: such labels are guesses. A larger model knows more words.`;
}

/** A label comes from the caller: nothing in it may steer a terminal. */
function printable(text: string): string {
  return text.replace(/\p{C}/gu, ' ');
}

/** Six significant digits: all that single precision has to say. */
function rounded(value: number): number {
  return Number(value.toPrecision(6));
}

function roundedAll(timings: Timings): Timings {
  return Object.fromEntries(Object.entries(timings).map(([stage, ms]) => [stage, Math.round(ms * 100) / 100]));
}
