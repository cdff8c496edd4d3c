import * as z from 'zod';
import { PROBLEMS } from '#contract/problems';
import { feedbackOptions } from './feedback.ts';
import { jobOptions, runOptions } from './options.ts';
import { ROUTES } from './routes.ts';

const PICTURE = { type: 'string', format: 'binary' };
const BODIES: Record<string, z.ZodObject> = { '/': runOptions, '/jobs': jobOptions, '/feedback': feedbackOptions };

/** OpenAPI 3.1 of pipeline-fn. */
export function describe(): object {
  const paths = ROUTES.map(({ shown, summary, GET, POST }) => [
    shown,
    {
      ...(GET && { get: operation(summary, shown, false) }),
      ...(POST && { post: operation(summary, shown, true) }),
    },
  ]);
  return {
    openapi: '3.1.0',
    info: { title: 'pipeline-fn', summary: 'Sends pictures through a chain of functions', version: '1' },
    paths: Object.fromEntries(paths),
  };
}

function operation(summary: string, shown: string, posted: boolean): object {
  const schema = BODIES[shown];
  const { properties = {} } = schema ? z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any' }) : {};
  const inPath = [...shown.matchAll(/\{(\w+)\}/g)].map(([, name]) => ({
    name,
    in: 'path',
    required: true,
    schema: { type: 'string' },
  }));
  const inQuery = Object.entries(properties).map(([name, option]) => ({ name, in: 'query', schema: option }));
  const form = { type: 'object', properties: { image: PICTURE, ...properties } };
  return {
    summary,
    parameters: [...inPath, ...inQuery],
    ...(posted && {
      requestBody: {
        content: { 'image/*': { schema: PICTURE }, 'multipart/form-data': { schema: form }, 'application/json': {} },
      },
    }),
    responses: responses(),
  };
}

/** The good answer, and the problems by status. */
function responses(): Record<string, object> {
  const all = new Map<string, object>([['200', { description: 'Done' }]]);
  const content = { 'application/problem+json': { schema: { type: 'object' } } };
  for (const { status, title } of Object.values(PROBLEMS)) all.set(String(status), { description: title, content });
  return Object.fromEntries(all);
}
