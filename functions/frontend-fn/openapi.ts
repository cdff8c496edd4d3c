import * as z from 'zod';
import { classifyOptions } from './classify.ts';
import { PASSED_PATHS } from './passed-routes.ts';
import { ROUTES } from './routes.ts';
import { transformOptions } from './transform.ts';

const PICTURE = { type: 'string', format: 'binary' };
const OPTIONS: Record<string, z.ZodObject> = { '/classify': classifyOptions, '/transform': transformOptions };
const ANSWERS: Record<string, string> = { '/': 'text/html', '/transform': 'image/*' };

/** OpenAPI 3.1 of the routes a program may use; options by query or as form fields. */
export function describePage(): object {
  return {
    openapi: '3.1.0',
    info: { title: 'frontend-fn', summary: 'The web page, and the routes it needs', version: '1' },
    paths: { ...Object.fromEntries(Object.keys(ROUTES).map((path) => [path, describeRoute(path)])), ...PASSED_PATHS },
  };
}

function describeRoute(path: string): object {
  const rules = ROUTES[path];
  const methods = (['GET', 'POST'] as const).filter((method) => rules?.[method]);
  return Object.fromEntries(
    methods.map((method) => [
      method.toLowerCase(),
      { summary: rules?.summary, ...(method === 'POST' && request(path)), responses: responses(path) },
    ]),
  );
}

function request(path: string): object {
  const schema = OPTIONS[path];
  const { properties = {} } = schema ? z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any' }) : {};
  const form = { type: 'object', properties: { image: PICTURE, ...properties }, required: ['image'] };
  return {
    parameters: Object.entries(properties).map(([name, option]) => ({ name, in: 'query', schema: option })),
    requestBody: {
      required: true,
      content: { 'multipart/form-data': { schema: form }, 'image/*': { schema: PICTURE } },
    },
  };
}

function responses(path: string): object {
  const problem = { 'application/problem+json': { schema: { type: 'object' } } };
  return {
    200: { description: 'The answer', content: { [ANSWERS[path] ?? 'application/json']: {} } },
    default: { description: 'What is wrong, in words', content: problem },
  };
}
