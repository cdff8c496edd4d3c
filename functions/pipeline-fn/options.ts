import * as z from 'zod';
import { enumOption } from '#contract/options';
import { OUTPUTS } from './answers.ts';
import { stepsOption } from './steps.ts';

/** What a pipeline may be told besides its pictures. */
export const runOptions = z.object({
  steps: stepsOption.describe('What is done, in order: denoise:mode=median;rotate:90;classify:labels=cat|dog'),
  pictures: enumOption(['none', 'last', 'all']).default('none').describe('Pictures that come along as base64'),
  output: enumOption(OUTPUTS)
    .default('json')
    .describe('The answer; the last picture itself; the timeline as svg or png; the latencies as csv or markdown'),
});

/** Jobs are answered at once, so that nothing but the steps can be chosen. */
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
