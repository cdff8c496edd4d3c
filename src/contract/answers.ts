import * as z from 'zod';
import type { LabelScore, LabelSets } from '#contract/classification';
import { BASE64 } from '#contract/endpoint';
import type { ProblemData } from '#contract/problem-data';
import { PROBLEMS, type ProblemCode } from '#contract/problems';

/*
 * Schemas of answers. They describe and are not used for parsing; readers ignore unknown members.
 */

/** A problem as data inside another answer (RFC 9457). */
export const problemData = z
  .looseObject({
    code: z
      .enum(Object.keys(PROBLEMS) as [ProblemCode, ...ProblemCode[]])
      .describe('Which problem; see docs/errors.md.'),
    status: z.int(),
    title: z.string(),
    detail: z.string().describe('A sentence that says what to do.'),
    type: z.string().exactOptional().describe('Always about:blank.'),
    callId: z.string().exactOptional().describe('The id of the call, also in the log.'),
  })
  .meta({ id: 'Problem' }) satisfies z.ZodType<ProblemData>;

/** Milliseconds by stage. */
export const timings = z.record(z.string(), z.number()).describe('Milliseconds by stage.');

export const labelScore = z
  .object({
    label: z.string(),
    score: z.number().describe('Share among the given labels; all of them add up to 1.'),
    cosine: z.number().describe('Likeness of picture and label, independent of the other labels.'),
    unfamiliar: z.boolean().exactOptional().describe('The model never learned a word of this label.'),
    truncated: z
      .boolean()
      .exactOptional()
      .describe('Longer than the model reads, prompt included: its end is ignored.'),
  })
  .meta({ id: 'LabelScore' }) satisfies z.ZodType<LabelScore>;

/** How sure an answer is of its best label. */
export const answerState = z
  .enum(['sure', 'unsure', 'none'])
  .describe('It is the best label; not sure, the best label is a guess; probably none of the labels.');

export const labelSets = z
  .object({
    default: z.string().exactOptional().describe('The set used when a request names none.'),
    labelsets: z.array(z.object({ name: z.string(), title: z.string(), count: z.int(), labels: z.array(z.string()) })),
  })
  .meta({
    id: 'LabelSets',
    examples: [{ default: 'pets', labelsets: [{ name: 'pets', title: 'Pets', count: 2, labels: ['cat', 'dog'] }] }],
  }) satisfies z.ZodType<LabelSets>;

/** A picture in JSON, with its metadata. */
export const pictureJson = z
  .looseObject({
    image: BASE64,
    contentType: z.string(),
    width: z.int(),
    height: z.int(),
    timings,
  })
  .meta({
    id: 'PictureInJson',
    examples: [
      {
        image: '/9j/4AAQSkZJRg…',
        contentType: 'image/jpeg',
        width: 512,
        height: 341,
        timings: { intake: 2.1, apply: 4 },
      },
    ],
  });

/** The state of a job. */
export const jobAnswer = z
  .looseObject({
    id: z.string(),
    state: z.enum(['queued', 'running', 'done', 'failed']),
    created: z.string().describe('When, as RFC 3339 writes it.'),
    done: z.int().describe('Steps that are done.'),
    of: z.int().describe('Steps in all.'),
    links: z.looseObject({
      self: z.string(),
      events: z.string(),
      timeline: z.array(z.string()).exactOptional().describe('Once it is over: as SVG and as PNG.'),
      latency: z.array(z.string()).exactOptional().describe('Once it is over: as CSV and as Markdown.'),
    }),
  })
  .meta({
    id: 'Job',
    examples: [
      {
        id: '0192f5c1a7',
        state: 'running',
        created: '2026-11-29T12:00:00.000Z',
        done: 1,
        of: 3,
        links: {
          self: '/function/pipeline-fn/jobs/0192f5c1a7',
          events: '/function/pipeline-fn/jobs/0192f5c1a7/events',
        },
      },
    ],
  });
export type JobAnswer = z.output<typeof jobAnswer>;
