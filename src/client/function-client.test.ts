import type { IncomingMessage, RequestListener } from 'node:http';
import type { Socket } from 'node:net';
import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { beforeEach, describe, expect, it } from 'vitest';
import { callFunction, gatewayUrl } from '#client/function-client';
import { Problem } from '#contract/problems';
import { useGateway } from './gateway.testing.ts';

let listener: RequestListener;
let seen: IncomingMessage[];
const callId = 'call-1';

useGateway((request, response) => {
  seen.push(request);
  listener(request, response);
});
beforeEach(() => {
  seen = [];
});

async function problemOf(promise: Promise<unknown>): Promise<Problem> {
  const error = await promise.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(Problem);
  return error as Problem;
}

describe('callFunction', () => {
  it('goes through the gateway with path, query, call id, accept and body', async () => {
    let body: Buffer | undefined;
    listener = async (request, response) => {
      body = await buffer(request);
      response.setHeader('X-Image-Width', 3).end(Buffer.from([0, 255, 128]));
    };
    const answer = await callFunction('rotate-fn', {
      query: { angle: 90, labels: ['a b', 'c&d'], none: undefined },
      body: Buffer.from([1, 2, 3]),
      accept: 'image/*',
      callId,
    });
    expect(seen[0]?.method).toBe('POST');
    expect(seen[0]?.url).toBe('/function/rotate-fn?angle=90&labels=a+b&labels=c%26d');
    expect(seen[0]?.headers).toMatchObject({ accept: 'image/*', 'x-call-id': callId, 'content-length': '3' });
    expect(body).toEqual(Buffer.from([1, 2, 3]));
    expect(answer.status).toBe(200);
    expect(answer.headers['x-image-width']).toBe('3');
    expect(answer.body).toEqual(Buffer.from([0, 255, 128]));
  });

  it('gets without a body and sends a stream', async () => {
    const bodies: string[] = [];
    listener = async (request, response) => {
      bodies.push(`${request.method} ${request.url} ${await buffer(request)}`);
      response.end();
    };
    await callFunction('clip-fn', { path: '/labelsets', callId });
    await callFunction('clip-fn', { body: Readable.from([Buffer.from('he'), Buffer.from('llo')]), callId });
    expect(bodies).toEqual(['GET /function/clip-fn/labelsets ', 'POST /function/clip-fn hello']);
  });

  it("passes a function's own problem on: code, status, sentence, members and Retry-After", async () => {
    listener = (_, response) => {
      response.writeHead(400, { 'content-type': 'application/problem+json; charset=utf-8', 'retry-after': '7' });
      response.end(
        JSON.stringify({
          type: 't',
          title: 'T',
          status: 400,
          code: 'option-invalid',
          detail: 'Angle is wrong.',
          option: 'angle',
        }),
      );
    };
    const problem = await problemOf(callFunction('rotate-fn', { callId }));
    expect(problem).toMatchObject({ code: 'option-invalid', status: 400, message: 'Angle is wrong.' });
    expect(problem.members).toEqual({ option: 'angle', function: 'rotate-fn' });
    expect(problem.headers).toEqual({ 'retry-after': '7' });
  });

  it.each([
    [429, 'busy', 'is busy'],
    [504, 'timed-out', 'in time'],
    [404, 'function-failed', 'not deployed'],
    [502, 'function-failed', 'status 502'],
    [302, 'function-failed', 'status 302'],
  ])('turns the platform’s %i into %s, without its words', async (status, code, words) => {
    listener = (_, response) => {
      response
        .writeHead(status, { location: '/elsewhere', 'content-type': 'text/plain' })
        .end('dial tcp 10.0.0.7 refused');
    };
    const problem = await problemOf(callFunction('clip-fn', { callId }));
    expect(problem.code).toBe(code);
    expect(problem.message).toContain('clip-fn');
    expect(problem.message).toContain(words);
    expect(problem.message).not.toContain('10.0.0.7');
    expect(seen).toHaveLength(1);
  });

  it.each(['{"code":"strange","detail":"Odd."}', '{"code":7}', 'not json'])(
    'survives the problem body %s',
    async (text) => {
      listener = (_, response) => {
        response.writeHead(500, { 'content-type': 'application/problem+json' }).end(text);
      };
      expect(await problemOf(callFunction('clip-fn', { callId }))).toMatchObject({
        code: 'function-failed',
        status: 502,
      });
    },
  );

  it('names the function that does not answer in time, even while bytes trickle', async () => {
    listener = (_, response) => {
      response.write('a');
    };
    const problem = await problemOf(callFunction('clip-fn', { callId, timeoutMs: 80 }));
    expect(problem).toMatchObject({ code: 'timed-out', status: 504 });
    expect(problem.message).toContain('clip-fn did not answer within 0.1 s');
  });

  it('stops when the caller leaves', async () => {
    const leave = new AbortController();
    listener = () => leave.abort(new Error('gone'));
    await expect(callFunction('clip-fn', { callId, signal: leave.signal })).rejects.toThrow('gone');
  });

  it('refuses an answer larger than allowed', async () => {
    listener = (_, response) => {
      response.end(Buffer.alloc(5_000));
    };
    const problem = await problemOf(callFunction('clip-fn', { callId, maxBytes: 4_999 }));
    expect(problem.message).toContain('more than is allowed');
  });

  it('names the function when no gateway listens, without its address', async () => {
    process.env.gateway_url = 'http://127.0.0.1:1';
    const problem = await problemOf(callFunction('clip-fn', { callId }));
    expect(problem).toMatchObject({ code: 'function-failed', status: 502 });
    expect(problem.message).toBe('The function clip-fn could not be reached through the gateway; try again.');
  });

  it('calls once more when an idle connection was closed under it, but not when a fresh one was', async () => {
    let served: Socket | undefined;
    let resets = 0;
    listener = (request, response) => {
      if (request.socket === served) {
        resets += 1;
        return request.socket.destroy();
      }
      served = request.socket;
      response.end('ok');
    };
    await callFunction('clip-fn', { callId });
    const answer = await callFunction('clip-fn', { callId, body: Buffer.from('x') });
    expect(answer.body.toString()).toBe('ok');
    expect(resets).toBe(1);

    listener = (request) => request.socket.destroy();
    seen = [];
    served?.destroy();
    await new Promise((resolve) => setTimeout(resolve, 20));
    expect((await problemOf(callFunction('clip-fn', { callId }))).code).toBe('function-failed');
    expect(seen).toHaveLength(1);
  });

  it('ignores proxies of the environment', async () => {
    process.env.http_proxy = 'http://127.0.0.1:1';
    listener = (_, response) => {
      response.end('direct');
    };
    try {
      expect((await callFunction('clip-fn', { callId })).body.toString()).toBe('direct');
    } finally {
      delete process.env.http_proxy;
    }
  });

  it('takes no name that would leave its path', async () => {
    await expect(callFunction('../system/functions', { callId })).rejects.toThrow('no function name');
  });
});

it('gatewayUrl falls back to where the gateway is in a cluster', () => {
  delete process.env.gateway_url;
  expect(gatewayUrl()).toBe('http://gateway.openfaas:8080');
});
