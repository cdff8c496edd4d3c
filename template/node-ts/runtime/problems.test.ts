import { describe, expect, it } from 'vitest';
import { start } from './testing.ts';
import type { FunctionContext, Handler } from './types.ts';

type Problem = Record<string, unknown> & { detail: string };

async function failWith(handler: Handler) {
  await using server = await start({ default: handler });
  const response = await fetch(`${server.url}/where?secret=1`, { headers: { 'x-call-id': 'call-1' } });
  const text = await response.text();
  expect(response.headers.get('content-type')).toBe('application/problem+json');
  expect(response.headers.get('cache-control')).toBe('no-store');
  expect(text).not.toMatch(/\.ts|node:|at /);
  // One that failed is still there for the next request.
  expect((await fetch(`${server.url}/metrics`)).status).toBe(200);
  await server.logged('answered');
  return { status: response.status, headers: response.headers, problem: JSON.parse(text) as Problem, ...server };
}

const INTERNAL = { type: 'about:blank', title: 'Internal error', status: 500, code: 'internal', callId: 'call-1' };

describe('a handler that throws', () => {
  const unexpected: [name: string, handler: Handler][] = [
    ['rejects', () => Promise.reject(new Error('boom in /etc/passwd'))],
    [
      'throws synchronously',
      () => {
        throw new Error('boom in /etc/passwd');
      },
    ],
    ['rejects with text', () => Promise.reject('boom in /etc/passwd')],
    ['rejects with nothing', () => Promise.reject()],
    [
      "rejects with a library's error",
      () => Promise.reject(Object.assign(new Error('boom'), { code: 'ERR_BAD_REQUEST', status: 404 })),
    ],
    ['rejects with a status that is no error', () => Promise.reject({ status: 200, code: 'fine' })],
    ['answers with a function', () => () => {}],
    [
      'answers with a circle',
      () => {
        const circle: Record<string, unknown> = {};
        circle.self = circle;
        return circle;
      },
    ],
    ['sets a status that is none', (_event, context) => context.status(99).succeed('x')],
    ['sets a status that is no number', (_event, context) => context.status('abc' as unknown as number).succeed('x')],
  ];

  it.each(unexpected)('%s: 500 that says nothing, and a log line that does', async (_name, handler) => {
    const { status, problem, lines } = await failWith(handler);
    expect(status).toBe(500);
    expect(problem).toEqual({ ...INTERNAL, detail: expect.stringContaining('log') });
    expect(lines.find(({ msg }) => msg === 'the handler failed')).toMatchObject({ level: 'error', callId: 'call-1' });
    expect(lines.find(({ msg }) => msg === 'answered')).toMatchObject({
      level: 'error',
      status: 500,
      code: 'internal',
    });
  });

  it('logs the stack and the cause', async () => {
    const { lines } = await failWith(() => Promise.reject(new Error('boom', { cause: new Error('deeper') })));
    const line = lines.find(({ msg }) => msg === 'the handler failed');
    expect(line?.error).toMatchObject({
      message: 'boom',
      stack: expect.stringContaining('problems.test'),
      cause: { message: 'deeper' },
    });
  });

  it('tells what a problem says, with its members and headers', async () => {
    const { status, headers, problem, lines } = await failWith(() => {
      throw Object.assign(new Error('Come back later.', { cause: new Error('queue full') }), {
        status: 429,
        code: 'busy',
        title: 'Busy',
        members: { waiting: 12, status: 200, callId: 'forged' },
        headers: { 'Retry-After': '2', 'Content-Length': '3' },
      });
    });
    expect(status).toBe(429);
    expect(headers.get('retry-after')).toBe('2');
    expect(problem).toEqual({
      type: 'about:blank',
      title: 'Busy',
      status: 429,
      code: 'busy',
      detail: 'Come back later.',
      callId: 'call-1',
      waiting: 12,
    });
    expect(lines.find(({ msg }) => msg === 'the handler failed')).toMatchObject({ error: { message: 'queue full' } });
  });

  it('takes problems that are plain objects', async () => {
    const { problem } = await failWith(() =>
      Promise.reject({ status: 418, code: 'teapot', detail: 'Short and stout.' }),
    );
    expect(problem).toMatchObject({ status: 418, code: 'teapot', title: "I'm a Teapot", detail: 'Short and stout.' });
  });

  it('survives members and headers that cannot be written', async () => {
    const members: Record<string, unknown> = { big: 1n };
    expect((await failWith(() => Promise.reject({ status: 400, code: 'x', members }))).problem.code).toBe('x');
    const headers = { 'x-a': 'b\r\nc' };
    expect((await failWith(() => Promise.reject({ status: 400, code: 'x', headers }))).problem.code).toBe('internal');
  });
});

describe('context.fail', () => {
  const fail = (value: unknown, status?: number) =>
    failWith((_event, context: FunctionContext) => {
      if (status) context.status(status).headers({ 'x-kept': 'yes', 'content-type': 'text/css' });
      context.fail(value);
    });

  it('is a 500 unless a status was set', async () => {
    expect((await fail('out of luck')).problem).toEqual({ ...INTERNAL, detail: 'out of luck' });
  });

  it('keeps status and headers', async () => {
    const { status, headers, problem } = await fail('no such thing', 404);
    expect([status, headers.get('x-kept')]).toEqual([404, 'yes']);
    expect(problem).toMatchObject({ status: 404, code: 'not-found', title: 'Not Found', detail: 'no such thing' });
  });

  it('does not call a failure a success', async () => {
    expect((await fail('x', 201)).status).toBe(500);
  });

  it('shows the members of an object', async () => {
    expect((await fail({ a: 1, message: 'too much', stack: 'at x' })).problem).toEqual({
      ...INTERNAL,
      detail: 'too much',
      a: 1,
      message: 'too much',
    });
  });

  it('shows the message of an error with a 4xx only', async () => {
    expect((await fail(new Error('name is missing'), 400)).problem.detail).toBe('name is missing');
    const { problem, lines } = await fail(new Error("ENOENT: open '/var/openfaas/secrets/key'"));
    expect(problem.detail).not.toContain('secrets');
    expect(lines.some(({ error }) => error?.message.includes('secrets'))).toBe(true);
  });

  it('takes problems, lists and nothing at all', async () => {
    expect((await fail({ status: 403, code: 'address-refused', detail: 'no' }, 500)).status).toBe(403);
    expect((await fail(['a', 'b'])).problem.detail).toBe('["a","b"]');
    expect((await fail(undefined)).problem).toEqual({ ...INTERNAL, detail: 'Internal error' });
  });
});
