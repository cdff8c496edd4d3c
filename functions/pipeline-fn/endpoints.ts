import * as z from 'zod';
import { answerState, jobAnswer, labelScore, problemData } from '#contract/answers';
import { type Endpoint, PICTURE } from '#contract/endpoint';
import { MAX_PICTURES } from '#intake';
import { feedbackOptions } from './feedback.ts';
import { jobOptions, runOptions } from './options.ts';

const events = z.string().describe('Server-sent events');
const csv = z.string();

/** The answer for one picture. */
const run = z.looseObject({
  labels: z.array(labelScore),
  model: z.string().optional(),
  state: answerState.optional(),
  unknown: z.boolean().optional(),
  steps: z
    .array(z.looseObject({ name: z.string(), function: z.string() }))
    .describe('One for each step, with its times.'),
  error: problemData.optional(),
});
const pictureRun = run.meta({ id: 'PictureRun' });
const runAnswer = z
  .looseObject({
    ...run.partial().shape,
    pictures: z.array(pictureRun).optional().describe('For a batch, in the order of the request.'),
    ms: z.number().describe('Milliseconds for the whole request.'),
  })
  .meta({
    id: 'PipelineAnswer',
    examples: [
      {
        labels: [{ label: 'cat', score: 0.97, cosine: 0.27 }],
        model: 'clip-mini',
        state: 'sure',
        unknown: false,
        steps: [{ name: 'classify', function: 'clip-fn', start: 0, ms: { queue: 0.1, call: 61.2, work: 52.8 } }],
        ms: 61.9,
      },
    ],
  });

const STEPS = { steps: 'denoise:mode=median;rotate:90;classify:labels=cat|dog' };

const drawing = <const Id extends string>(operationId: Id, name: string, answer: Endpoint['answer']) => ({
  operationId,
  path: `/jobs/{id}/${name}`,
  methods: ['GET'] as const,
  summary: `Get the ${name.replace('.', ' as ')} of a job`,
  answer,
});

/** Every address of pipeline-fn. */
export const ENDPOINTS = [
  {
    operationId: 'runPipeline',
    path: '/',
    // GET takes the picture's address from the query.
    methods: ['GET', 'POST'],
    summary: 'Run pictures through several functions',
    pictures: { most: MAX_PICTURES },
    options: runOptions,
    example: STEPS,
    answer: {
      'application/json': runAnswer,
      'text/event-stream': events,
      'image/*': PICTURE,
      'text/csv': csv,
      'text/markdown': z.string(),
    },
  },
  {
    operationId: 'createJob',
    path: '/jobs',
    methods: ['POST'],
    summary: 'Queue a pipeline as a job',
    pictures: { most: MAX_PICTURES },
    options: jobOptions,
    example: STEPS,
    status: 202,
    answer: { 'application/json': jobAnswer },
  },
  {
    operationId: 'getJob',
    path: '/jobs/{id}',
    methods: ['GET'],
    summary: 'Get the state of a job',
    answer: { 'application/json': jobAnswer },
  },
  {
    operationId: 'runJob',
    path: '/jobs/{id}/run',
    methods: ['POST'],
    summary: 'Work on a job (called by the queue)',
    answer: { 'application/json': jobAnswer },
  },
  {
    operationId: 'followJob',
    path: '/jobs/{id}/events',
    methods: ['GET'],
    summary: 'Stream the steps of a job as they finish',
    answer: { 'text/event-stream': events },
  },
  {
    operationId: 'getJobPicture',
    path: '/jobs/{id}/pictures/{picture}/{step}',
    methods: ['GET'],
    summary: 'Get the picture that a step made',
    answer: { 'image/*': PICTURE },
  },
  drawing('getTimelineSvg', 'timeline.svg', { 'image/svg+xml': z.string() }),
  drawing('getTimelinePng', 'timeline.png', { 'image/png': PICTURE }),
  drawing('getLatencyCsv', 'latency.csv', { 'text/csv': csv }),
  drawing('getLatencyMarkdown', 'latency.md', { 'text/markdown': z.string() }),
  {
    operationId: 'reportFeedback',
    path: '/feedback',
    methods: ['POST'],
    summary: 'Report an incorrect answer',
    pictures: { most: 1, optional: true },
    options: feedbackOptions,
    example: { predicted: 'dog', correct: 'cat' },
    status: 201,
    answer: { 'application/json': z.object({ reported: z.boolean(), kept: z.boolean() }) },
  },
  {
    operationId: 'listFeedback',
    path: '/feedback.csv',
    methods: ['GET'],
    summary: 'Get all reports (for the operator)',
    answer: { 'text/csv': csv },
  },
  {
    operationId: 'predict',
    path: '/predict',
    methods: ['POST'],
    summary: 'Get one label, in the format of older servers',
    pictures: { most: 1 },
    answer: {
      'application/json': z.object({
        success: z.boolean(),
        prediction: z.string().nullable(),
        score: z.number().nullable(),
      }),
    },
  },
] as const satisfies readonly Endpoint[];

export type OperationId = (typeof ENDPOINTS)[number]['operationId'];
