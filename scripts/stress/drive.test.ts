import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, expect, test } from 'vitest';
import { closedLoop, openLoop } from './drive.ts';
import { quantile } from './tally.ts';
import type { Traffic } from './traffic.ts';

let server: Server;
afterEach(() => server?.close());

/** A server that answers `right` to all but what `odd` says of the n-th request. */
async function serve(
  odd: (number: number) => { after?: number; status?: number; text?: string } | undefined = () => undefined,
): Promise<string> {
  let number = 0;
  server = createServer((_, response) => {
    const { after = 0, status = 200, text = 'right' } = odd(number++) ?? {};
    setTimeout(() => response.writeHead(status).end(text), after);
  }).listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

const traffic: Traffic = {
  next: () => ({
    sent: { path: '/', method: 'GET' },
    check: ({ body }) => (body.toString() === 'right' ? undefined : `it says ${body}`),
  }),
};

/** A server that stalls for so long, once, and makes all wait who come meanwhile. */
function stallAt(first: number, ms: number): (number: number) => { after: number } | undefined {
  let until = 0;
  return (number) => {
    if (number === first) until = performance.now() + ms;
    return { after: Math.max(0, until - performance.now()) };
  };
}

test('a stall counts for all who would have come meanwhile, not for one', async () => {
  const open = await openLoop({ url: await serve(stallAt(20, 400)), traffic, seconds: 1, rate: 100 });
  expect(open.sent).toBe(100);
  // Forty requests were due in those 400 ms, twenty of them in the first half: a tenth and more waited so long.
  expect(open.p90).toBeGreaterThan(200);
  server.close();
  const closed = await closedLoop({ url: await serve(stallAt(20, 400)), traffic, seconds: 1, users: 1 });
  expect(closed.p90).toBeLessThan(open.p90);
});

test('a wrong answer, a refusal and no answer are three things', async () => {
  const kinds = [{ text: 'left' }, { status: 429 }, undefined];
  const { codes, wrong, right, complaints, sent } = await openLoop({
    url: await serve((number) => kinds[number % 3]),
    traffic,
    seconds: 0.3,
    rate: 100,
  });
  expect([sent, right, wrong, codes]).toEqual([30, 10, 10, { '200': 20, '429': 10 }]);
  expect(complaints[0]).toBe('it says left');
  const nobody = await openLoop({ url: 'http://127.0.0.1:1', traffic, seconds: 0.1, rate: 50 });
  expect([nobody.right, nobody.codes]).toEqual([0, { 'none ECONNREFUSED': 5 }]);
});

test('users who think ask seldom', async () => {
  const { sent } = await closedLoop({ url: await serve(), traffic, seconds: 0.5, users: 10, think: [400, 500] });
  expect(sent).toBeGreaterThanOrEqual(10);
  expect(sent).toBeLessThanOrEqual(20);
});

test('quantiles are values that came', () => {
  const hundred = Array.from({ length: 100 }, (_, index) => index + 1);
  expect([0, 0.5, 0.9, 0.99, 1].map((share) => quantile(hundred, share))).toEqual([1, 50, 90, 99, 100]);
  expect(quantile([], 0.5)).toBeNaN();
});
