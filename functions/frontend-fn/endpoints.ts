import * as z from 'zod';
import { labelSets } from '#contract/answers';
import { type Endpoint, JSON_OBJECT, PICTURE } from '#contract/endpoint';
import { MAX_PICTURES } from '#intake';
import { classifyOptions } from './classify.ts';
import { transformOptions } from './transform.ts';

const HTML = { 'text/html': z.string() };
const JSON_ANSWER = { 'application/json': JSON_OBJECT };
const ONE = { most: 1 } as const;
const MANY = { most: MAX_PICTURES } as const;

/** What pipeline-fn answers, as it answers. */
const PASSED_ON = [
  {
    operationId: 'pagePipeline',
    path: '/pipeline',
    methods: ['POST'],
    summary: 'Run pictures through several functions with pipeline-fn',
    pictures: MANY,
    answer: JSON_ANSWER,
  },
  {
    operationId: 'pageCreateJob',
    path: '/jobs',
    methods: ['POST'],
    summary: 'Queue a pipeline as a job of pipeline-fn',
    pictures: MANY,
    status: 202,
    answer: JSON_ANSWER,
  },
  {
    operationId: 'pageFeedback',
    path: '/feedback',
    methods: ['POST'],
    summary: 'Report an incorrect answer to pipeline-fn',
    pictures: { most: 1, optional: true },
    status: 201,
    answer: JSON_ANSWER,
  },
  {
    operationId: 'pageFeedbackCsv',
    path: '/feedback.csv',
    methods: ['GET'],
    summary: 'Get all reports (for the operator)',
    answer: { 'text/csv': z.string() },
  },
  {
    operationId: 'pagePredict',
    path: '/predict',
    methods: ['POST'],
    summary: 'Get one label, in the format of older servers',
    pictures: ONE,
    answer: JSON_ANSWER,
  },
  {
    operationId: 'pageJob',
    path: '/jobs/{id}',
    methods: ['GET'],
    summary: 'Get the state of a job, with links to its pictures, timeline and latencies',
    answer: JSON_ANSWER,
  },
  {
    operationId: 'pageJobEvents',
    path: '/jobs/{id}/events',
    methods: ['GET'],
    summary: 'Stream the steps of a job as they finish',
    answer: { 'text/event-stream': z.string() },
  },
  {
    operationId: 'pageJobFile',
    path: '/jobs/{path*}',
    methods: ['GET'],
    summary: 'What a job made',
    answer: {},
    hidden: true,
  },
] as const satisfies readonly Endpoint[];

/** Every address of the page: what a program may use, and the page's own files. */
export const ENDPOINTS = [
  { operationId: 'openPage', path: '/', methods: ['GET'], summary: 'The page', answer: HTML },
  {
    operationId: 'answerForm',
    path: '/',
    methods: ['POST'],
    summary: 'Submit the form of the page without JavaScript',
    pictures: ONE,
    answer: HTML,
  },
  {
    operationId: 'pageClassify',
    path: '/classify',
    methods: ['POST'],
    summary: 'Classify a picture with clip-fn',
    pictures: { most: 1, optional: true },
    options: classifyOptions,
    example: { labels: ['cat', 'dog'] },
    answer: JSON_ANSWER,
  },
  {
    operationId: 'pageClassifyByExample',
    path: '/classify-by-example',
    methods: ['POST'],
    summary: 'Label a picture with classes given by example, by clip-fn',
    pictures: ONE,
    answer: JSON_ANSWER,
  },
  {
    operationId: 'pageEmbed',
    path: '/embed',
    methods: ['POST'],
    summary: 'Embed pictures, by clip-fn',
    pictures: MANY,
    answer: JSON_ANSWER,
  },
  {
    operationId: 'pageRank',
    path: '/rank',
    methods: ['POST'],
    summary: 'Pictures by their likeness to a text, from clip-fn',
    pictures: MANY,
    answer: JSON_ANSWER,
  },
  {
    operationId: 'pageTransform',
    path: '/transform',
    methods: ['POST'],
    summary: 'Transform a picture with one of the functions',
    pictures: { most: 1, optional: true, second: 'watermark' },
    options: transformOptions,
    example: { operation: 'rotate', angle: 90 },
    answer: { 'image/*': PICTURE, ...JSON_ANSWER },
  },
  {
    operationId: 'pagePicture',
    path: '/picture',
    methods: ['GET'],
    summary: 'Fetch a picture from its URL, unchanged',
    pictures: ONE,
    answer: { 'image/*': PICTURE },
  },
  {
    operationId: 'pageLabelSets',
    path: '/labelsets',
    methods: ['GET'],
    summary: 'List the label sets of clip-fn',
    answer: { 'application/json': labelSets },
  },
  {
    operationId: 'pageModel',
    path: '/model',
    methods: ['GET'],
    summary: 'Get the model in use and its card',
    answer: { ...HTML, ...JSON_ANSWER },
  },
  { operationId: 'openDocs', path: '/docs', methods: ['GET'], summary: 'The API of all functions', answer: HTML },
  { operationId: 'docsFile', path: '/docs/{path*}', methods: ['GET'], summary: 'Its files', answer: {}, hidden: true },
  ...PASSED_ON,
  {
    operationId: 'asset',
    path: '/assets/{path*}',
    methods: ['GET'],
    summary: 'Script, style',
    answer: {},
    hidden: true,
  },
  { operationId: 'sample', path: '/samples/{path*}', methods: ['GET'], summary: 'Samples', answer: {}, hidden: true },
] as const satisfies readonly Endpoint[];

export type OperationId = (typeof ENDPOINTS)[number]['operationId'];
