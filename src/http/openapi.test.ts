import { expect, test } from 'vitest';
import * as z from 'zod';
import { JSON_OBJECT, PICTURE } from '#contract/endpoint';
import { numberOption } from '#contract/options';
import { PROBLEMS } from '#contract/problems';
import { describe } from './openapi.ts';

const answer = { 'image/*': PICTURE };
const options = z.object({ angle: numberOption({ min: 0, max: 360, unit: 'degrees' }).default(90) });
const picture = { operationId: 'turn', path: '/', summary: 'Turns', pictures: { most: 8, second: 'mark' } } as const;
const { paths, components } = describe({
  name: 'turn-fn',
  summary: 'Turns pictures',
  endpoints: [
    { ...picture, methods: ['GET', 'POST', 'PUT'], options, answer, example: { angle: 45 } },
    { operationId: 'job', path: '/jobs/{id}', methods: ['GET'], summary: 'A job', answer: { 'text/csv': z.string() } },
    { operationId: 'file', path: '/files/{path*}', methods: ['GET'], summary: '', answer, hidden: true },
    { operationId: 'start', path: '/jobs', methods: ['POST'], summary: '', status: 202, answer: { j: JSON_OBJECT } },
  ],
}) as unknown as { paths: Record<string, Record<string, never>>; components: object };

test('each documented endpoint is there once a method, under a name of its own', () => {
  const all = Object.entries(paths).flatMap(([path, item]) =>
    Object.entries(item).map(([method, { operationId }]) => `${method} ${path} ${operationId}`),
  );
  expect(all).toEqual(['get / turnFromUrl', 'post / turn', 'get /jobs/{id} job', 'post /jobs start']);
});

test('options come by query and in both kinds of body, in the words of people', () => {
  const { post, get } = paths['/'] as Record<string, { parameters: object[]; requestBody: { content: object } }>;
  const schema = { type: 'number', minimum: 0, maximum: 360, default: 90, 'x-unit': 'degrees' };
  const description = 'A number from 0 to 360 degrees.';
  expect(post?.parameters).toEqual([{ name: 'angle', in: 'query', description, schema, example: 45 }]);
  expect(get?.parameters).toMatchObject([{ name: 'url' }, { name: 'angle' }]);
  expect(get).not.toHaveProperty('requestBody');
  expect(post?.requestBody.content).toMatchObject({
    'image/*': { schema: { type: 'string', format: 'binary' } },
    'multipart/form-data': { schema: { properties: { image: {}, images: { maxItems: 8 }, mark: {}, angle: schema } } },
    'application/json': {
      schema: { properties: { image: { type: 'string', contentEncoding: 'base64' }, url: {}, ref: {}, angle: schema } },
      example: { url: 'https://example.org/cat.jpg', angle: 45 },
    },
  });
});

test('the answer has its status and type, and every problem is named under its status', () => {
  expect(paths['/jobs']).toHaveProperty('post.responses.202.content.j');
  expect(paths['/jobs/{id}']).toHaveProperty('get.parameters.0', {
    name: 'id',
    in: 'path',
    required: true,
    description: expect.any(String),
    schema: { type: 'string' },
  });
  const { responses } = (paths['/jobs/{id}'] as Record<string, { responses: Record<string, object> }>).get!;
  const told = JSON.stringify(components);
  for (const [code, { status }] of Object.entries(PROBLEMS)) {
    expect(responses[status]).toEqual({ $ref: `#/components/responses/${status}` });
    expect(told).toContain(code);
  }
});
