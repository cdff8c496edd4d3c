import * as z from 'zod';
import { PROBLEMS } from '#contract/problems';
import { MAX_PICTURES } from '#intake';
import { classifyOptions, EXAMPLES, embedOptions, rankOptions } from './options.ts';

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
    truncated: {
      type: 'boolean',
      description: 'Longer than the model reads, prompt included: its end does not count.',
    },
  },
};

const problem = { type: 'object', description: 'What is wrong with this picture of a batch, as a problem (RFC 9457).' };
const model = { type: 'string' };

const seen = {
  labels: { type: 'array', items: label },
  state: {
    enum: ['sure', 'unsure', 'none'],
    description: 'It is the best label; not sure, the best label is a guess; probably none of the labels.',
  },
  unknown: { type: 'boolean', description: 'The state is none.' },
};

const hint = {
  type: 'string',
  description: 'What to do about weak answers, unfamiliar words and texts that are too long.',
};
const classification = answerOf(seen, { hint });
const embeddings = answerOf({ image: numbers }, { texts: { type: 'array', items: numbers }, hint });

const likeness = {
  index: { type: 'integer', description: 'Place of the picture in the request, from 0.' },
  score: { type: 'number', description: 'Share among the given pictures; all of them add up to 1.' },
  cosine: { type: 'number', description: 'Likeness of picture and text.' },
};

const ranks = {
  type: 'object',
  required: ['model', 'text', 'pictures', 'timings'],
  properties: {
    ...{ model, text: { type: 'string' }, hint, timings },
    pictures: { type: 'array', items: { type: 'object', properties: { ...likeness, problem, timings } } },
  },
};

/** What is said of one picture; of a batch, `pictures` says it of each. */
function answerOf(each: object, once: object): object {
  const item = { type: 'object', properties: { ...each, problem, timings } };
  const batch = { type: 'array', items: item, description: 'Of a batch, in order.' };
  return {
    type: 'object',
    required: ['model', 'timings'],
    properties: { model, ...each, pictures: batch, ...once, timings },
  };
}

/** OpenAPI 3.1 of clip-fn. */
export function describe(): object {
  return {
    openapi: '3.1.0',
    info: { title: 'clip-fn', summary: 'Tells what is in a picture', version: '1' },
    paths: {
      '/': { post: operation('Compares a picture with labels', classifyOptions, classification, examples) },
      '/embed': { post: operation('Embeds a picture, texts, or both', embedOptions, embeddings) },
      '/rank': { post: operation('Orders pictures by their likeness to one text', rankOptions, ranks) },
      '/labelsets': { get: { summary: 'The label sets there are', responses: responses({ type: 'object' }) } },
      '/model': { get: { summary: 'The model in use', responses: responses({ type: 'object' }) } },
    },
  };
}

const base64 = { type: 'string', contentEncoding: 'base64' };

/** What a body may bring besides, as a form and as JSON. */
interface Extra {
  form?: object;
  jsonProperties?: object;
}

const embedding = {
  type: 'object',
  required: ['embedding'],
  properties: { embedding: { oneOf: [{ ...base64, description: 'Little-endian floats of 32 bits.' }, numbers] } },
};
const address = { type: 'string', format: 'uri' };
const example = { oneOf: [base64, address, numbers, embedding] };
const ofExamples = `Classes by example, at least 2: pictures by class, at most ${EXAMPLES.maxMembers} in all.`;
const examples: Extra = {
  form: {
    patternProperties: { '^examples\\[.+\\]$': { type: 'array', items: PICTURE, description: ofExamples } },
  },
  jsonProperties: {
    examples: {
      type: 'object',
      description: `${ofExamples} As base64, by their addresses, or as embeddings that /embed gave.`,
      minProperties: 2,
      maxProperties: EXAMPLES.maxGroups,
      propertyNames: { maxLength: EXAMPLES.maxName },
      additionalProperties: { type: 'array', minItems: 1, items: example },
    },
  },
};

function operation(summary: string, schema: z.ZodObject, answer: object, extra: Extra = {}): object {
  const { properties = {} } = z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any' });
  const sources = { image: base64, images: { type: 'array', items: base64, maxItems: MAX_PICTURES } };
  const files = { image: PICTURE, images: { type: 'array', items: PICTURE, maxItems: MAX_PICTURES } };
  return {
    summary,
    parameters: Object.entries(properties).map(([name, option]) => ({ name, in: 'query', schema: option })),
    requestBody: {
      content: {
        'image/*': { schema: PICTURE },
        'application/octet-stream': { schema: PICTURE },
        'multipart/form-data': { schema: { type: 'object', properties: { ...files, ...properties }, ...extra.form } },
        'application/json': {
          schema: { type: 'object', properties: { ...sources, ...properties, ...extra.jsonProperties } },
        },
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
