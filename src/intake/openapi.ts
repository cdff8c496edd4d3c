import * as z from 'zod';
import { PROBLEMS } from '#contract/problems';

const PICTURE = { type: 'string', format: 'binary' };
const BASE64 = { type: 'string', contentEncoding: 'base64' };
const IN = [
  'image/jpeg',
  'image/png',
  'image/webp',
  'image/gif',
  'image/avif',
  'image/tiff',
  'application/octet-stream',
];

/**
 * OpenAPI 3.1 of a function that takes a picture and options and answers with a picture.
 * @param second a field in which another picture may be sent
 */
export function describeFunction(
  about: { name: string; summary: string },
  schema: z.ZodObject,
  second?: string,
): object {
  const { properties = {} } = z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any' });
  const pictures = (kind: object) => ({ image: kind, ...(second && { [second]: kind }) });
  const form = { type: 'object', properties: { ...pictures(PICTURE), ...properties }, required: ['image'] };
  const json = { type: 'object', properties: { ...pictures(BASE64), ...properties } };
  return {
    openapi: '3.1.0',
    info: { title: about.name, summary: about.summary, version: '1' },
    paths: {
      '/': {
        post: {
          summary: about.summary,
          parameters: Object.entries(properties).map(([name, option]) => ({ name, in: 'query', schema: option })),
          requestBody: {
            required: true,
            content: {
              ...Object.fromEntries(IN.map((type) => [type, { schema: PICTURE }])),
              'multipart/form-data': { schema: form },
              'application/json': { schema: json },
            },
          },
          responses: {
            200: { description: 'The picture', content: { 'image/*': { schema: PICTURE } } },
            ...problems(),
          },
        },
      },
    },
  };
}

/** The problem answers, one entry a status. */
function problems(): Record<string, object> {
  const answers: Record<string, { description: string; content: object }> = {};
  for (const [code, { status }] of Object.entries(PROBLEMS)) {
    const before = answers[status]?.description;
    answers[status] = {
      description: before ? `${before}, ${code}` : code,
      content: { 'application/problem+json': { schema: { type: 'object' } } },
    };
  }
  return answers;
}
