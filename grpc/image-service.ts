import { encodeRequest, type SentGroups, type SentOptions } from '#client/encode-request';
import type { Answer } from '#client/function-client';
import type { EmbedAnswer } from '#contract/clip-answers';
import { Problem } from '#contract/problems';
import { parseServerTiming } from '#kit/server-timing';
import type { ClassifyReplyInput } from './generated/obscura/v1/ClassifyReply.ts';
import type { ClassifyRequest } from './generated/obscura/v1/ClassifyRequest.ts';
import type { EmbedReplyInput } from './generated/obscura/v1/EmbedReply.ts';
import type { EmbedRequest } from './generated/obscura/v1/EmbedRequest.ts';
import type { ExampleClass } from './generated/obscura/v1/ExampleClass.ts';
import type { ImageServiceHandlers } from './generated/obscura/v1/ImageService.ts';
import type { Output } from './generated/obscura/v1/Output.ts';
import type { Picture } from './generated/obscura/v1/Picture.ts';
import type { PictureReplyInput } from './generated/obscura/v1/PictureReply.ts';
import type { RotateRequest } from './generated/obscura/v1/RotateRequest.ts';
import type { Step } from './generated/obscura/v1/Step.ts';
import type { TimingInput } from './generated/obscura/v1/Timing.ts';
import type { TransformRequest } from './generated/obscura/v1/TransformRequest.ts';
import { runPipeline } from './pipeline.ts';
import { type Common, streaming, unary, type Work } from './rpc.ts';
import { withPicture } from './with-picture.ts';

/** Milliseconds by stage. */
type Timings = Record<string, number>;

/** `obscura.v1.ImageService`: each rpc calls one function. */
export function imageHandlers(common: Common): ImageServiceHandlers {
  return {
    Rotate: unary(rotate, common),
    Transform: unary(transform, common),
    Classify: unary(classify, common),
    Embed: unary(embed, common),
    RunPipeline: streaming(runPipeline, common),
  };
}

const rotate: Work<RotateRequest, PictureReplyInput> = async (request, call) => {
  const { angle, direction, background } = request;
  const options = { angle, direction: wordOf(direction, 'DIRECTION_'), background, ...outputOptions(request.output) };
  return pictureReply(await call('rotate-fn', withPicture(request.picture, options, 'image/*')));
};

const transform: Work<TransformRequest, PictureReplyInput> = async (request, call) => {
  const options = { chain: chainOf(request), ...outputOptions(request.output) };
  return pictureReply(await call('transform-fn', withPicture(request.picture, options, 'image/*')));
};

const classify: Work<ClassifyRequest, ClassifyReplyInput> = async (request, call) => {
  const { labels, labelset, prompt, top, minCosine, examples } = request;
  const options = {
    // As JSON, so that a label may contain a comma.
    labels: labels.length > 0 ? JSON.stringify(labels) : undefined,
    labelset: labelset || undefined,
    prompt: listOf(prompt),
    top,
    minCosine,
    examples: examples.length > 0 ? groupsOf(examples) : undefined,
  };
  const answer = await call('clip-fn', withPicture(request.picture, options, 'application/json'));
  const { timings, ...reply } = json<ClassifyReplyInput & { timings: Timings }>(answer);
  return { ...reply, timings: timingsOf(timings) };
};

const embed: Work<EmbedRequest, EmbedReplyInput> = async ({ picture, texts, prompt }, call) => {
  const options = { do: 'embed', text: listOf(texts), prompt: listOf(prompt) };
  const given = picture?.source !== undefined || texts.length === 0;
  const request = given
    ? withPicture(picture, options, 'application/json')
    : { ...encodeRequest(options), accept: 'application/json' };
  const answer = json<EmbedAnswer>(await call('clip-fn', request));
  return {
    model: answer.model,
    ...(answer.image && { picture: { values: answer.image } }),
    texts: (answer.texts ?? []).map((values) => ({ values })),
    hint: answer.hint ?? '',
    timings: timingsOf(answer.timings),
  };
};

/** Converts classes by example to clip-fn's format. @throws Problem `option-invalid` */
function groupsOf(classes: ExampleClass[]): SentGroups {
  const groups = new Map<string, unknown[]>();
  for (const { label, pictures, vectors } of classes) {
    const own = [...pictures.map(exampleOf), ...vectors.map(({ values }) => ({ embedding: bytesOf(values) }))];
    groups.set(label, [...(groups.get(label) ?? []), ...own]);
  }
  return Object.fromEntries(groups);
}

function exampleOf({ source, data, url }: Picture): string | Buffer | undefined {
  if (source === 'data') return data;
  if (source === 'url') return url;
  throw new Problem('option-invalid', 'A picture of "examples" is empty: set data to its bytes, or url.', {
    members: { option: 'examples' },
  });
}

/** Little-endian floats of 32 bits. */
function bytesOf(values: readonly number[]): Buffer {
  const bytes = Buffer.alloc(values.length * Float32Array.BYTES_PER_ELEMENT);
  for (const [i, value] of values.entries()) bytes.writeFloatLE(value, i * Float32Array.BYTES_PER_ELEMENT);
  return bytes;
}

/** @throws Problem `option-invalid` if both ways to write a chain are used */
function chainOf({ chain, steps }: TransformRequest): string | undefined {
  if (steps.length === 0) return chain === '' ? undefined : chain;
  if (chain === '') return JSON.stringify(steps.map(written));
  throw new Problem('option-invalid', 'Give "chain" or "steps", not both.', { members: { option: 'steps' } });
}

/** Converts a step to transform-fn's format. @throws Problem `option-invalid` if an option is given twice */
function written({ operation, options }: Step): Record<string, string> {
  const given = new Map(options.map(({ name, value }) => [name, value]));
  if (given.size === options.length) return { ...Object.fromEntries(given), operation };
  throw new Problem('option-invalid', `The step "${operation.slice(0, 40)}" gives an option twice.`, {
    members: { option: 'steps' },
  });
}

function outputOptions(output: Output | null): SentOptions {
  if (!output) return {};
  return { format: wordOf(output.format, 'FORMAT_'), quality: output.quality, matte: output.matte };
}

/** `FORMAT_JPEG` → `jpeg`; unspecified → undefined; a number that the contract does not know goes on, to be refused. */
function wordOf(value: string | number, prefix: string): string | undefined {
  const word = String(value).replace(prefix, '').toLowerCase();
  return word === 'unspecified' ? undefined : word;
}

/** `undefined` for an empty list: it means the function's default. */
function listOf(texts: string[]): string[] | undefined {
  return texts.length > 0 ? texts : undefined;
}

function json<T>({ body }: Answer): T {
  return JSON.parse(body.toString('utf8')) as T;
}

/** A function's picture, unchanged, with the facts from its headers. */
function pictureReply({ body, headers }: Answer): PictureReplyInput {
  return {
    data: body,
    contentType: headers['content-type'] ?? '',
    width: Number(headers['x-image-width'] ?? 0),
    height: Number(headers['x-image-height'] ?? 0),
    etag: headers.etag ?? '',
    timings: parseServerTiming(headers['server-timing'] ?? '').map(({ name, ms }) => ({ stage: name, ms })),
  };
}

function timingsOf(timings: Timings): TimingInput[] {
  return Object.entries(timings).map(([stage, ms]) => ({ stage, ms }));
}
