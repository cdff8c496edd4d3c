import * as z from 'zod';
import { answerState, labelScore, labelSets, problemData, timings } from '#contract/answers';
import { type Endpoint, JSON_OBJECT } from '#contract/endpoint';
import { MAX_PICTURES } from '#intake';
import { classifyOptions, EXAMPLES, embedOptions, noOptions, rankOptions } from './options.ts';

const vector = z.array(z.number());
const hint = z
  .string()
  .optional()
  .describe('What to do about weak answers, unfamiliar words and texts that are too long.');
const problem = problemData.optional().describe('What is wrong with this picture of a batch (RFC 9457).');

/** What is said of one picture; of a batch, `pictures` says it of each, in order. */
function answerOf<Each extends z.ZodRawShape, Once extends z.ZodRawShape>(each: Each, once: Once) {
  const one = z.object(each).partial();
  const pictures = z
    .array(one.extend({ problem, timings: timings.optional() }))
    .optional()
    .describe('Of a batch, in order.');
  return z.object({ model: z.string(), ...one.shape, pictures, ...once, timings });
}

const classification = answerOf(
  { labels: z.array(labelScore), state: answerState, unknown: z.boolean().describe('The state is none.') },
  { hint },
).meta({
  id: 'ClassifyAnswer',
  examples: [
    {
      model: 'clip-mini',
      labels: [
        { label: 'cat', score: 0.97, cosine: 0.27 },
        { label: 'dog', score: 0.03, cosine: 0.21 },
      ],
      state: 'sure',
      unknown: false,
      timings: { intake: 2.1, queue: 0.2, preprocess: 9.3, infer: 41.5 },
    },
  ],
});
const embeddings = answerOf({ image: vector }, { texts: z.array(vector).optional(), hint });

const ranked = z.object({
  index: z.int().describe('Place of the picture in the request, from 0.'),
  score: z.number().optional().describe('Share among the given pictures; all of them add up to 1.'),
  cosine: z.number().optional().describe('Likeness of picture and text.'),
  problem,
  timings: timings.optional(),
});
const ranking = z.object({ model: z.string(), text: z.string(), hint, pictures: z.array(ranked), timings });

const ofExamples = `Classes by example, at least 2: pictures by class, at most ${EXAMPLES.maxMembers} in all.`;
const base64 = { type: 'string', contentEncoding: 'base64' };
const numbers = { type: 'array', items: { type: 'number' } };
const embedding = {
  type: 'object',
  required: ['embedding'],
  properties: { embedding: { oneOf: [{ ...base64, description: 'Little-endian floats of 32 bits.' }, numbers] } },
};

/** Classes by example, which come by fields or members that the caller names. */
const examples = {
  form: {
    patternProperties: {
      '^examples\\[.+\\]$': { type: 'array', items: { type: 'string', format: 'binary' }, description: ofExamples },
    },
  },
  json: {
    properties: {
      examples: {
        type: 'object',
        description: `${ofExamples} As base64, by their addresses, or as embeddings that /embed gave.`,
        minProperties: 2,
        maxProperties: EXAMPLES.maxGroups,
        propertyNames: { maxLength: EXAMPLES.maxName },
        additionalProperties: {
          type: 'array',
          minItems: 1,
          items: { anyOf: [base64, { type: 'string', format: 'uri' }, numbers, embedding] },
        },
      },
    },
  },
};

const POSTED = ['GET', 'POST', 'PUT'] as const;

/** Every address of clip-fn. */
export const ENDPOINTS = [
  {
    operationId: 'classify',
    path: '/',
    aliases: ['/classify'],
    methods: POSTED,
    summary: 'Classify a picture against labels',
    pictures: { most: MAX_PICTURES, besides: examples },
    options: classifyOptions,
    example: { labels: ['cat', 'dog'], top: 2 },
    answer: { 'application/json': classification, 'text/plain': z.string() },
  },
  {
    operationId: 'embed',
    path: '/embed',
    methods: POSTED,
    summary: 'Embed a picture, texts or both',
    pictures: { most: MAX_PICTURES, optional: true },
    options: embedOptions,
    example: { text: 'a photo of a cat' },
    answer: { 'application/json': embeddings },
  },
  {
    operationId: 'rank',
    path: '/rank',
    methods: POSTED,
    summary: 'Rank pictures by similarity to a text',
    pictures: { most: MAX_PICTURES },
    options: rankOptions,
    example: { text: 'a photo of a cat' },
    answer: { 'application/json': ranking },
  },
  {
    operationId: 'listLabelSets',
    path: '/labelsets',
    methods: ['GET'],
    summary: 'List the label sets',
    options: noOptions,
    answer: { 'application/json': labelSets },
  },
  {
    operationId: 'getModel',
    path: '/model',
    methods: ['GET'],
    summary: 'Get the model in use',
    options: noOptions,
    answer: { 'application/json': JSON_OBJECT },
  },
] as const satisfies readonly Endpoint[];

export type OperationId = (typeof ENDPOINTS)[number]['operationId'];
