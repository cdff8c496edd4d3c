import * as z from 'zod';
import { answerState, labelScore, problemData, timings } from '#contract/answers';

/* Schemas of clip-fn's answers, for its OpenAPI document and as types for its callers. */

const vector = z.array(z.number());
const hint = z
  .string()
  .optional()
  .describe('What to do about weak answers, unfamiliar words and texts that are too long.');
const problem = problemData.optional().describe('What is wrong with this picture of a batch (RFC 9457).');

/** The answer for one picture; for a batch, `pictures` has one for each, in order. */
function answerOf<Each extends z.ZodRawShape, Once extends z.ZodRawShape>(each: Each, once: Once) {
  const one = z.object(each).partial();
  const pictures = z
    .array(one.extend({ problem, timings: timings.optional() }))
    .optional()
    .describe('Of a batch, in order.');
  return z.object({ model: z.string(), ...one.shape, pictures, ...once, timings });
}

/** Answer of `POST clip-fn`. */
export const classifyAnswer = answerOf(
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
/** Answer of `POST clip-fn/embed`. */
export const embedAnswer = answerOf({ image: vector }, { texts: z.array(vector).optional(), hint }).meta({
  id: 'EmbedAnswer',
  examples: [{ model: 'clip-mini', image: [0.021, -0.113, 0.047], timings: { intake: 2.1, infer: 41.5 } }],
});
export type EmbedAnswer = z.output<typeof embedAnswer>;

const ranked = z.object({
  index: z.int().describe('Place of the picture in the request, from 0.'),
  score: z.number().optional().describe('Share among the given pictures; all of them add up to 1.'),
  cosine: z.number().optional().describe('Likeness of picture and text.'),
  problem,
  timings: timings.optional(),
});

/** Answer of `POST clip-fn/rank`. */
export const rankAnswer = z
  .object({ model: z.string(), text: z.string(), hint, pictures: z.array(ranked), timings })
  .meta({
    id: 'RankAnswer',
    examples: [
      {
        model: 'clip-mini',
        text: 'a photo of a cat',
        pictures: [
          { index: 1, score: 0.94, cosine: 0.28 },
          { index: 0, score: 0.06, cosine: 0.17 },
        ],
        timings: { intake: 2.1, infer: 81.3 },
      },
    ],
  });
export type RankAnswer = z.output<typeof rankAnswer>;
