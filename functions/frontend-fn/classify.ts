import type { Readable } from 'node:stream';
import * as z from 'zod';
import { type Answer, callFunction } from '#client/function-client';
import { type Classification, parseClassification } from '#contract/classification';
import { Problem } from '#contract/problems';
import type { FunctionEvent } from '#handler';
import type { Picture } from '#intake';
import type { RouteAnswer } from './answer.ts';
import { keepOptions, parseKeptRequest } from './kept-pictures.ts';
import { passedOn } from './passed-on.ts';

/** clip-fn judges the values; here only the names are known. */
export const classifyOptions = z.object({
  labels: z.array(z.string().trim()).optional(),
  candidate_labels: z.array(z.string().trim()).optional(),
  labelset: z.string().optional(),
  prompt: z.union([z.string(), z.array(z.string())]).optional(),
  top: z.union([z.string(), z.number()]).optional(),
  minCosine: z.union([z.string(), z.number()]).optional(),
  exif: z.string().optional(),
  ...keepOptions,
});

type ClassifyOptions = Omit<z.output<typeof classifyOptions>, keyof typeof keepOptions>;

/** Longer queries go as a form: request lines end at 8 to 16 kB. */
const MAX_QUERY = 4_000;

/** `POST /classify`: a picture and labels → what clip-fn sees in it, as JSON. */
export async function classify(event: FunctionEvent<Readable>): Promise<RouteAnswer> {
  const { picture, options, headers } = await parseKeptRequest(event, classifyOptions);
  const answer = await askClip(picture, options, event);
  return { headers: { 'content-type': 'application/json', ...passedOn(answer), ...headers }, body: answer.body };
}

/** Sends a picture to clip-fn through the gateway. @throws Problem clip-fn's own, or naming it */
export async function askClip(
  { bytes }: Pick<Picture, 'bytes'>,
  options: ClassifyOptions,
  event: FunctionEvent,
): Promise<Answer> {
  const query = written(options);
  const rules = { accept: 'application/json', callId: event.callId, signal: event.signal };
  if (new URLSearchParams(query).toString().length <= MAX_QUERY) {
    return callFunction('clip-fn', { ...rules, query, body: bytes });
  }
  const form = new FormData();
  for (const [name, value] of Object.entries(query)) form.append(name, value);
  form.append('image', new Blob([new Uint8Array(bytes)]), 'picture');
  const encoded = new Response(form);
  const headers = { 'content-type': encoded.headers.get('content-type') ?? '' };
  return callFunction('clip-fn', { ...rules, headers, body: Buffer.from(await encoded.arrayBuffer()) });
}

/** Lists as JSON, so that a label may hold a comma. */
function written(options: ClassifyOptions): Record<string, string> {
  const given = Object.entries(options).filter(([, value]) => value !== undefined);
  return Object.fromEntries(
    given.map(([name, value]) => [name, Array.isArray(value) ? JSON.stringify(value) : String(value)]),
  );
}

/** Reads clip-fn's answer. @throws Problem `function-failed` when it is something else */
export function classificationIn(answer: Answer): Classification {
  const classification = parseClassification(answer.body.toString('utf8'));
  if (classification) return classification;
  throw new Problem('function-failed', 'The function clip-fn answered something unexpected; is it up to date?');
}

/** `GET /labelsets`: clip-fn's. */
export async function labelSets(event: FunctionEvent): Promise<RouteAnswer> {
  const answer = await callFunction('clip-fn', {
    path: '/labelsets',
    accept: 'application/json',
    callId: event.callId,
    signal: event.signal,
  });
  return { headers: { 'content-type': 'application/json', 'cache-control': 'max-age=60' }, body: answer.body };
}
