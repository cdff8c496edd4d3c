import type { RequestListener } from 'node:http';
import { beforeEach, expect, test } from 'vitest';
import { Problem } from '#contract/problems';
import type { ServerEvent } from './event-stream.ts';
import { functionEvents } from './function-events.ts';
import { useGateway } from './gateway.testing.ts';

let listener: RequestListener;
/** What was asked for and given back, in order. */
let memory: string[];

useGateway((request, response) => listener(request, response));
beforeEach(() => {
  memory = [];
});

/** Everything that comes until it is over, and the problem that it ended with. */
async function follow(timeoutMs = 20_000): Promise<{ events: ServerEvent[]; problem?: Problem }> {
  const take = async () => void memory.push('take');
  const giveBack = () => {
    if (memory.at(-1) === 'take') memory.push('give back');
  };
  const longLine = { small: 1_000, most: 1_000_000, take, giveBack };
  const events: ServerEvent[] = [];
  try {
    for await (const event of functionEvents('pipeline-fn', { callId: 'call-1', timeoutMs, longLine })) {
      events.push(event);
    }
  } catch (error) {
    expect(error).toBeInstanceOf(Problem);
    return { events, problem: error as Problem };
  }
  return { events };
}

const stream = (...pieces: string[]): RequestListener => {
  return async (_, response) => {
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    for (const piece of pieces) await new Promise((resolve) => response.write(piece, resolve));
    response.end();
  };
};

test('when to come again is kept', async () => {
  listener = (_, response) => response.writeHead(429, { 'retry-after': '7' }).end();
  const { problem } = await follow();
  expect([problem?.code, problem?.headers]).toEqual(['busy', { 'retry-after': '7' }]);
});

test('a long line takes memory once, and gives it back when its event was used', async () => {
  const half = 'A'.repeat(200_000);
  // More than one read of a connection brings.
  listener = stream('data: 1\n\n', `data: "${half}`, `${half}"`, '\n\n', 'data: 2\n\n');
  expect((await follow()).events.map(({ data }) => data)).toEqual([1, half + half, 2]);
  expect(memory).toEqual(['take', 'give back']);
});

test('a line that never ends is given up', async () => {
  listener = (_, response) => {
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    const more = () => response.write('A'.repeat(50_000), (error) => error ?? more());
    more();
  };
  const { problem } = await follow();
  expect(problem?.message).toContain('answered more than is allowed here');
  expect(memory).toEqual(['take', 'give back']);
});

test('a deadline in the middle is a time-out; what came before has come', async () => {
  listener = (_, response) =>
    response.writeHead(200, { 'content-type': 'text/event-stream' }).write('event: begun\ndata: 1\n\n');
  const { events, problem } = await follow(500);
  expect(events).toEqual([{ event: 'begun', data: 1 }]);
  expect(problem?.code).toBe('timed-out');
});

test('a connection that breaks, and a failure that is told, are problems that name the function', async () => {
  listener = (_, response) => {
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    response.write('data: 1\n\n', () => response.destroy());
  };
  const broken = await follow();
  expect(broken.problem).toMatchObject({ code: 'function-failed', members: { function: 'pipeline-fn' } });
  listener = stream('event: failed\ndata: {"code":"not-a-picture","detail":"This is text.","step":2}\n\n');
  const told = await follow();
  expect(told.problem).toMatchObject({ code: 'not-a-picture', message: 'This is text.' });
  expect(told.problem?.members).toEqual({ step: 2, function: 'pipeline-fn' });
});
