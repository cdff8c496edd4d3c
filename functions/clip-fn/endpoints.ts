import * as z from 'zod';
import { labelSets } from '#contract/answers';
import { classifyAnswer, embedAnswer, rankAnswer } from '#contract/clip-answers';
import { type Endpoint, JSON_OBJECT } from '#contract/endpoint';
import { MAX_PICTURES } from '#intake';
import { classifyOptions, EXAMPLES, embedOptions, noOptions, rankOptions } from './options.ts';

const ofExamples = `Classes by example, at least 2: pictures by class, at most ${EXAMPLES.maxMembers} in all.`;
const base64 = { type: 'string', contentEncoding: 'base64' };
const numbers = { type: 'array', items: { type: 'number' } };
const embedding = {
  type: 'object',
  required: ['embedding'],
  properties: { embedding: { oneOf: [{ ...base64, description: 'Little-endian floats of 32 bits.' }, numbers] } },
};

/** Classes by example: fields or members that the caller names. */
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
        description: `${ofExamples} As base64, addresses, or embeddings from /embed.`,
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
    answer: { 'application/json': classifyAnswer, 'text/plain': z.string() },
  },
  {
    operationId: 'embed',
    path: '/embed',
    methods: POSTED,
    summary: 'Embed a picture, texts or both',
    pictures: { most: MAX_PICTURES, optional: true },
    options: embedOptions,
    example: { text: 'a photo of a cat' },
    answer: { 'application/json': embedAnswer },
  },
  {
    operationId: 'rank',
    path: '/rank',
    methods: POSTED,
    summary: 'Rank pictures by similarity to a text',
    pictures: { most: MAX_PICTURES },
    options: rankOptions,
    example: { text: 'a photo of a cat' },
    answer: { 'application/json': rankAnswer },
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
