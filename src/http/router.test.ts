import { Readable } from 'node:stream';
import { describe, expect, test } from 'vitest';
import * as z from 'zod';
import { type Endpoint, JSON_OBJECT } from '#contract/endpoint';
import { enumOption } from '#contract/options';
import type { FunctionEvent } from '#handler';
import { createRouter } from './router.ts';

const answer = { 'application/json': JSON_OBJECT };
const doOption = z.object({ do: enumOption(['embed', 'list']).optional() });
const JOBS = [
  { operationId: 'run', path: '/', methods: ['GET', 'POST'], summary: '', answer },
  { operationId: 'create', path: '/jobs', methods: ['POST'], summary: '', answer },
  { operationId: 'job', path: '/jobs/{id}', methods: ['GET'], summary: '', answer },
  { operationId: 'file', path: '/jobs/{id}/latency.csv', methods: ['GET'], summary: '', answer },
  { operationId: 'asset', path: '/assets/{path*}', methods: ['GET'], summary: '', answer, hidden: true },
] as const satisfies readonly Endpoint[];
const ACTIONS = [
  { operationId: 'classify', path: '/', aliases: ['/classify'], methods: ['GET', 'POST', 'PUT'], options: doOption },
  { operationId: 'embed', path: '/embed', methods: ['POST'], options: doOption },
].map((endpoint) => ({ ...endpoint, summary: '', answer })) as Endpoint[];

function ask(endpoints: readonly Endpoint[], method: string, address: string) {
  const { pathname, searchParams } = new URL(address, 'http://function');
  const query = Object.fromEntries(searchParams);
  const rest = { callId: '1', headers: {}, signal: new AbortController().signal, body: Readable.from([]) };
  const event: FunctionEvent<Readable> = { method, path: pathname, query, ...rest };
  const found = createRouter(endpoints)(event);
  return { to: found.endpoint.operationId, params: found.params, path: found.event.path, query: found.event.query };
}

describe('by path and method', () => {
  test.each([
    ['POST', '/', 'run', {}],
    ['HEAD', '/', 'run', {}],
    ['POST', '/jobs', 'create', {}],
    ['POST', '/jobs/', 'create', {}],
    ['GET', '/jobs/4f', 'job', { id: '4f' }],
    ['GET', '/jobs/4f/latency.csv', 'file', { id: '4f' }],
    ['GET', '/assets/a/b.js', 'asset', { path: 'a/b.js' }],
  ])('%s %s', (method, path, to, params) => {
    expect(ask(JOBS, method, path)).toMatchObject({ to, params });
  });

  test.each([
    ['DELETE', '/', 'GET, HEAD, POST'],
    ['GET', '/jobs', 'POST'],
    ['POST', '/jobs/4f', 'GET, HEAD'],
    ['constructor', '/', 'GET, HEAD, POST'],
  ])('%s %s names the methods there are', (method, path, allow) => {
    expect(() => ask(JOBS, method, path)).toThrow(
      expect.objectContaining({ code: 'method-not-allowed', headers: { allow } }),
    );
  });

  test.each(['/nothing', '/jobs/4f/latencyXcsv', '/jobs/4f/5/6', '/constructor', '/jobs//'])(
    'nothing at %s',
    (path) => {
      expect(() => ask(JOBS, 'GET', path)).toThrow(
        expect.objectContaining({
          code: 'not-found',
          message: 'There is no such address; there are /, /jobs, /jobs/{id}, /jobs/{id}/latency.csv.',
        }),
      );
    },
  );

  test('a path of a megabyte is searched in no time to speak of', () => {
    expect(() => ask(JOBS, 'GET', `/jobs/${'a/'.repeat(500_000)}`)).toThrow(/no such address/);
  });
});

describe('where no path can be set', () => {
  test('"do" means it, and is no option then', () => {
    expect(ask(JOBS, 'GET', '/?do=jobs/4f&a=1')).toEqual({
      to: 'job',
      params: { id: '4f' },
      path: '/jobs/4f',
      query: { a: '1' },
    });
    expect(() => ask(JOBS, 'GET', '/?do=sing')).toThrow(expect.objectContaining({ code: 'not-found' }));
  });

  test('where the root has "do" as an option, its schema judges the value', () => {
    expect(ask(ACTIONS, 'POST', '/?do=embed')).toMatchObject({ to: 'embed', query: { do: 'embed' } });
    expect(ask(ACTIONS, 'POST', '/?do=classify')).toMatchObject({ to: 'classify' });
    expect(ask(ACTIONS, 'POST', '/?do=sing')).toMatchObject({ to: 'classify', path: '/', query: { do: 'sing' } });
    expect(() => ask(ACTIONS, 'POST', '/sing')).toThrow(expect.objectContaining({ code: 'not-found' }));
  });
});
