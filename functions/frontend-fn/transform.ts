import type { Readable } from 'node:stream';
import * as z from 'zod';
import { type Answer, callFunction } from '#client/function-client';
import { enumOption } from '#contract/options';
import { Problem } from '#contract/problems';
import type { FunctionEvent } from '#handler';
import { operations, withOutput } from '#imaging';
import type { Picture } from '#intake';
import type { RouteAnswer } from './answer.ts';
import { keepOptions, parseKeptRequest } from './kept-pictures.ts';
import { passedOn } from './passed-on.ts';

/** Operations that are functions of their own; a chain of any others goes to transform-fn. */
const FUNCTIONS = {
  rotate: 'rotate-fn',
  resize: 'resize-fn',
  grayscale: 'grayscale-fn',
  denoise: 'denoise-fn',
  cutout: 'cutout-fn',
} as const;
type TransformName = keyof typeof FUNCTIONS;

/** The field of a second picture, such as one that is laid over the first. */
const SECOND = 'watermark';

type Values = Record<string, string | number | boolean | undefined>;

/** Names of every operation's options, from the registry. The functions judge the values. */
const value = z.union([z.string(), z.number(), z.boolean()]).optional();
const names = Object.values(operations).flatMap(({ options }) => Object.keys(withOutput<z.ZodRawShape>(options).shape));

export const transformOptions = z.object({
  operation: enumOption(Object.keys(FUNCTIONS) as [TransformName, ...TransformName[]]).optional(),
  chain: z.string().optional(),
  ...Object.fromEntries(names.map((name) => [name, value])),
  ...keepOptions,
});

/** `POST /transform`: a picture and an operation or a chain → what the function made of it. */
export async function transform(event: FunctionEvent<Readable>): Promise<RouteAnswer> {
  const { picture, second, options, headers } = await parseKeptRequest(event, transformOptions, { second: SECOND });
  const { operation, chain, ...rest } = options;
  if ((operation === undefined) === (chain === undefined)) {
    throw new Problem(
      'option-invalid',
      `Give either "operation" (one of ${Object.keys(FUNCTIONS).join(', ')}) or "chain".`,
      {
        members: { option: 'operation', allowed: Object.keys(FUNCTIONS) },
      },
    );
  }
  const name = operation ? FUNCTIONS[operation] : 'transform-fn';
  const query = { chain, ...rest };
  const answer = await (second
    ? askWithSecond(name, picture, second, query, event)
    : askTransform(name, picture, query, event));
  const type = answersInWords(answer) ? 'application/json' : pictureType(name, answer);
  return { headers: { 'content-type': type, ...passedOn(answer), ...headers }, body: answer.body };
}

/** A chain may end in an operation that tells something of the picture. */
function answersInWords({ headers }: Answer): boolean {
  return headers['content-type']?.startsWith('application/json') ?? false;
}

/**
 * Sends a picture to a transform function through the gateway.
 * @param maxBytes a larger answer is a failure
 * @throws Problem the function's own, or naming it
 */
export function askTransform(
  name: string,
  { bytes }: Pick<Picture, 'bytes'>,
  query: Values,
  { callId, signal }: FunctionEvent,
  maxBytes?: number,
): Promise<Answer> {
  const bound = maxBytes === undefined ? {} : { maxBytes };
  return callFunction(name, { query, body: bytes, accept: 'image/*', callId, signal, ...bound });
}

/** The same with a second picture beside the first, as a form. */
async function askWithSecond(
  name: string,
  { bytes }: Pick<Picture, 'bytes'>,
  second: Buffer,
  query: Values,
  { callId, signal }: FunctionEvent,
): Promise<Answer> {
  const form = new FormData();
  form.append('image', new Blob([new Uint8Array(bytes)]), 'picture');
  form.append(SECOND, new Blob([new Uint8Array(second)]), SECOND);
  const encoded = new Response(form);
  const headers = { 'content-type': encoded.headers.get('content-type') ?? '' };
  const body = Buffer.from(await encoded.arrayBuffer());
  return callFunction(name, { query, headers, body, accept: 'image/*', callId, signal });
}

/** The type of a picture in an answer; what is none is not passed on under our address. */
export function pictureType(name: string, answer: Answer): string {
  const type = answer.headers['content-type'] ?? '';
  if (/^image\/(jpeg|png|webp|avif)$/.test(type)) return type;
  throw new Problem('function-failed', `The function ${name} answered something that is not a picture.`);
}
