import type { SentOptions } from '#client/encode-request';
import { judged } from '#contract/classification';
import { PROBLEMS, Problem, type ProblemCode } from '#contract/problems';
import type { StepRecord } from '#contract/step-record';
import type { ClassifyReply } from '../grpc/generated/obscura/v1/ClassifyReply.ts';
import type { EmbedReply } from '../grpc/generated/obscura/v1/EmbedReply.ts';
import type { PictureReply } from '../grpc/generated/obscura/v1/PictureReply.ts';
import type { PipelineEvent } from '../grpc/generated/obscura/v1/PipelineEvent.ts';
import type { PipelineStep } from '../grpc/generated/obscura/v1/PipelineStep.ts';
import { floatsOf, type SentClasses } from './examples.ts';
import type { CallRequest } from './transport.ts';

/*
 * A function's request as an rpc of the edge, and what it replies as that function's answer: commands need not know
 * which way they went.
 */

/** What of an answer the commands read. */
export interface CallResult {
  headers: Record<string, string>;
  body: Buffer;
}

/** One rpc: its name in the client, its message, and its replies (of a stream several) as an answer. */
export interface Rpc {
  method: 'rotate' | 'transform' | 'classify' | 'embed' | 'runPipeline';
  message: object;
  read(replies: unknown[]): CallResult;
}

/** @throws Problem when the function has no rpc, or an option has no place in its message */
export function rpcOf(name: string, { options = {}, picture }: CallRequest): Rpc {
  const { url, format, quality, matte, ...own } = options;
  const source = picture ? { data: picture } : url === undefined ? undefined : { url };
  const encoding = { format: enumOf('FORMAT', format), quality: numberOf('quality', quality), matte };
  const common = { picture: source, output: encoding };
  if (name === 'clip-fn') return own.do === 'embed' ? embed(own, source) : classify(own, source);
  if (name === 'pipeline-fn') {
    return { method: 'runPipeline', message: { picture: source, steps: own.steps }, read: readPipeline };
  }
  if (name === 'rotate-fn') {
    const { angle, direction, background } = own;
    const turn = { angle: numberOf('angle', angle), direction: enumOf('DIRECTION', direction), background };
    return { method: 'rotate', message: { ...common, ...turn }, read: readPicture };
  }
  const transform = (chosen: object): Rpc => ({
    method: 'transform',
    message: { ...common, ...chosen },
    read: readPicture,
  });
  if (name === 'transform-fn') return transform({ chain: own.chain });
  const [, operation] = /^(resize|grayscale|denoise|cutout)-fn$/.exec(name) ?? [];
  if (operation === undefined) throw new Problem('option-invalid', `Over gRPC there is no ${name}; use --over http.`);
  return transform({ steps: [{ operation, options: pairs(own) }] });
}

function classify(
  { labels, labelset, prompt, top, minCosine, examples }: SentOptions,
  picture: object | undefined,
): Rpc {
  const message = {
    picture,
    labels: listOf(labels),
    labelset,
    prompt,
    top: numberOf('top', top),
    minCosine: numberOf('minCosine', minCosine),
    examples: classesOf(examples as SentClasses | undefined),
  };
  return {
    method: 'classify',
    message,
    read: ([reply]) => {
      const { model, labels: classification, unknown, state, hint, timings } = reply as ClassifyReply;
      const found = classification.map(({ unfamiliar, truncated, ...label }) => ({
        ...label,
        ...(unfamiliar && { unfamiliar }),
        ...(truncated && { truncated }),
      }));
      return asJson({
        model,
        labels: found,
        ...judged({ state, unknown }),
        ...(hint && { hint }),
        timings: timed(timings),
      });
    },
  };
}

function classesOf(examples: SentClasses = {}) {
  return Object.entries(examples).map(([label, all]) => ({
    label,
    vectors: all.map(({ embedding }) => ({ values: [...floatsOf(embedding)] })),
  }));
}

function embed({ text, prompt }: SentOptions, picture: object | undefined): Rpc {
  return {
    method: 'embed',
    message: { picture, texts: text, prompt },
    read: ([reply]) => {
      const { model, picture: image, texts, hint, timings } = reply as EmbedReply;
      const vectors = { ...(image && { image: image.values }), texts: texts.map(({ values }) => values) };
      return asJson({ model, ...vectors, ...(hint && { hint }), timings: timed(timings) });
    },
  };
}

function readPicture([reply]: unknown[]): CallResult {
  const { data, contentType, width, height } = reply as PictureReply;
  const headers = { 'content-type': contentType, 'x-image-width': String(width), 'x-image-height': String(height) };
  return { headers, body: data };
}

/** Steps come as they are done; in the answer they stand in the order of the run. */
function readPipeline(replies: unknown[]): CallResult {
  const events = replies as PipelineEvent[];
  const order = events[0]?.begun?.steps ?? [];
  const steps = events.flatMap(({ step }) => (step ? [recordOf(step)] : []));
  steps.sort((a, b) => order.indexOf(a.name) - order.indexOf(b.name));
  const done = events.at(-1)?.done;
  if (!done) throw new Problem('function-failed', 'The pipeline broke off; try again.');
  const { model, labels, unknown, state, picture, tookMs } = done;
  const last = picture && {
    image: picture.data.toString('base64'),
    contentType: picture.contentType,
    width: picture.width,
    height: picture.height,
  };
  return asJson({ model, labels, ...judged({ state, unknown }), steps, ...(last && { picture: last }), ms: tookMs });
}

function recordOf({
  startMs,
  queueMs,
  callMs,
  workMs,
  errorCode,
  errorDetail,
  bytes,
  ...facts
}: PipelineStep): StepRecord {
  const { name, tries, width, height } = facts;
  const ms = { queue: queueMs, call: callMs, work: workMs };
  const error = errorCode === '' ? undefined : { code: errorCode, detail: errorDetail, ...statusOf(errorCode) };
  const record = { name, function: facts.function, ms, start: startMs, tries, bytes, width, height };
  return { ...record, ...(error && { error }) };
}

function statusOf(code: string): { status: number; title: string } {
  return PROBLEMS[Object.hasOwn(PROBLEMS, code) ? (code as ProblemCode) : 'internal'];
}

function asJson(value: object): CallResult {
  return { headers: { 'content-type': 'application/json' }, body: Buffer.from(JSON.stringify(value)) };
}

function timed(timings: { stage: string; ms: number }[]): Record<string, number> {
  return Object.fromEntries(timings.map(({ stage, ms }) => [stage, ms]));
}

/** `jpeg` → `FORMAT_JPEG`. */
function enumOf(prefix: string, word: SentOptions[string]): string | undefined {
  return word === undefined ? undefined : `${prefix}_${String(word).toUpperCase()}`;
}

/** @throws Problem `option-invalid`: a message has no place for other words */
function numberOf(option: string, value: SentOptions[string]): number | undefined {
  const number = Number(value);
  if (value === undefined || Number.isFinite(number)) return value === undefined ? undefined : number;
  throw new Problem('option-invalid', `Option "${option}" is "${value}"; it must be a number.`, {
    members: { option },
  });
}

/** Labels as clip-fn reads them: JSON, or parted by commas. */
function listOf(labels: SentOptions[string]): string[] | undefined {
  if (typeof labels !== 'string') return labels as string[] | undefined;
  return labels.startsWith('[') ? JSON.parse(labels) : labels.split(',').map((label) => label.trim());
}

function pairs(options: SentOptions): { name: string; value: string }[] {
  return Object.entries(options).flatMap(([name, value]) =>
    value === undefined ? [] : [{ name, value: String(value) }],
  );
}
