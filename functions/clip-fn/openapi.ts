import * as z from 'zod';
import { PROBLEMS } from '#platform/problems';
import { classifyOptions, embedOptions } from './options.ts';

const PICTURE = { type: 'string', format: 'binary' };
const numbers = { type: 'array', items: { type: 'number' } };
const timings = { type: 'object', additionalProperties: { type: 'number' }, description: 'Milliseconds by stage.' };

const label = {
  type: 'object',
  required: ['label', 'score', 'cosine'],
  properties: {
    label: { type: 'string' },
    score: { type: 'number', description: 'Share among the given labels; all of them add up to 1.' },
    cosine: { type: 'number', description: 'Likeness of picture and label, independent of the other labels.' },
    unfamiliar: { type: 'boolean', description: 'The model never learned a word of this label.' },
  },
};

const classification = {
  type: 'object',
  required: ['model', 'labels', 'unknown', 'timings'],
  properties: {
    model: { type: 'string' },
    labels: { type: 'array', items: label },
    unknown: { type: 'boolean', description: 'No label comes near enough (minCosine).' },
    hint: { type: 'string' },
    timings,
  },
};

const embeddings = {
  type: 'object',
  properties: { model: { type: 'string' }, image: numbers, texts: { type: 'array', items: numbers }, timings },
};

/** OpenAPI 3.1 of clip-fn. */
export function describe(): object {
  return {
    openapi: '3.1.0',
    info: { title: 'clip-fn', summary: 'Tells what is in a picture', version: '1' },
    paths: {
      '/': { post: operation('Compares a picture with labels', classifyOptions, classification) },
      '/embed': { post: operation('Embeds a picture, texts, or both', embedOptions, embeddings) },
      '/labelsets': { get: { summary: 'The label sets there are', responses: responses({ type: 'object' }) } },
      '/model': { get: { summary: 'The model in use', responses: responses({ type: 'object' }) } },
    },
  };
}

function operation(summary: string, schema: z.ZodObject, answer: object): object {
  const { properties = {} } = z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any' });
  const base64 = { type: 'string', contentEncoding: 'base64' };
  return {
    summary,
    parameters: Object.entries(properties).map(([name, option]) => ({ name, in: 'query', schema: option })),
    requestBody: {
      content: {
        'image/*': { schema: PICTURE },
        'application/octet-stream': { schema: PICTURE },
        'multipart/form-data': { schema: { type: 'object', properties: { image: PICTURE, ...properties } } },
        'application/json': { schema: { type: 'object', properties: { image: base64, ...properties } } },
      },
    },
    responses: responses(answer),
  };
}

/** The good answer, and the problems by status. */
function responses(answer: object): Record<string, object> {
  const good = { description: 'Done', content: { 'application/json': { schema: answer } } };
  const all = new Map<string, object>([['200', good]]);
  for (const { status, title } of Object.values(PROBLEMS))
    all.set(String(status), {
      description: title,
      content: { 'application/problem+json': { schema: { type: 'object' } } },
    });
  return Object.fromEntries(all);
}
