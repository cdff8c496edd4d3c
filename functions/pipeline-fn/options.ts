import * as z from 'zod';
import { enumOption } from '#contract/options';
import { OUTPUTS } from './answers.ts';
import { stepsOption } from './steps.ts';

/** Options of a pipeline. */
export const runOptions = z.object({
  steps: stepsOption.describe('The steps, in order: denoise:mode=median;rotate:90;classify:labels=cat|dog'),
  pictures: enumOption(['none', 'last', 'all'])
    .default('none')
    .describe('Which pictures the answer contains, as base64'),
  output: enumOption(OUTPUTS)
    .default('json')
    .describe('json; the last picture; the timeline as svg or png; the latencies as csv or markdown'),
});

/** Options of a job. It is answered before it runs, so `pictures` and `output` do not apply. */
export const jobOptions = z.object({
  steps: runOptions.shape.steps,
  callback: z
    .string()
    .max(2_000)
    .regex(/^https?:\/\/\S+$/)
    .optional()
    .meta({ allowed: 'an http or https address of at most 2000 characters' })
    .describe('Where the gateway posts the finished job'),
});
