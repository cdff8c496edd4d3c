import { once } from 'node:events';
import { type ClientRequest, type IncomingMessage, request } from 'node:http';
import { afterEach, describe, expect, it } from 'vitest';
import { call, echoed, type TestGateway, type TestOptions, testGateway, until } from '../fixtures/gateway.ts';

let gateway: TestGateway;
const sending: ClientRequest[] = [];

async function start(options: TestOptions): Promise<void> {
  gateway = await testGateway(options);
}

afterEach(async () => {
  for (const sent of sending.splice(0)) sent.destroy();
  await gateway.end();
});

/** Sends the first byte of a body of a hundred, and no more. */
function stall(at: string): ClientRequest {
  const sent = request(`${gateway.url}${at}`, { method: 'POST', agent: false, headers: { 'content-length': 100 } });
  sent.on('error', () => {});
  sent.write('x');
  sending.push(sent);
  return sent;
}

async function answerTo(sent: ClientRequest): Promise<{ status: number | undefined; text: string; close: unknown }> {
  const [response] = (await once(sent, 'response')) as [IncomingMessage];
  const text = String(Buffer.concat(await response.toArray()));
  return { status: response.statusCode, text, close: response.headers.connection };
}

const impatient = { uploadRate: { graceMs: 200, bytesPerSecond: 500 } };
/** Queued calls, those still being received among them. */
const pending = async () =>
  Number(/^gateway_async_pending (\d+)/m.exec((await call(String(gateway.metricsUrl))).text)?.[1]);

describe('a body that comes too slowly', () => {
  it.each(['/function/echo-fn/size', '/async-function/echo-fn/size'])('is 408 at %s', async (at) => {
    await start(impatient);
    expect(await answerTo(stall(at))).toEqual({
      status: 408,
      text: 'The body came too slowly: after 0.2 s at least 500 bytes a second must come.\n',
      close: 'close',
    });
    if (at.startsWith('/async')) await until(async () => (await pending()) === 0);
  });

  it('may take its time while bytes come fast enough', async () => {
    await start({ uploadRate: { graceMs: 200, bytesPerSecond: 1 } });
    const sent = request(`${gateway.url}/function/echo-fn/size`, {
      method: 'POST',
      headers: { 'content-length': 1100 },
    });
    sent.write(Buffer.alloc(1000));
    // Ten times the grace, which a thousand bytes at one a second have paid for.
    setTimeout(() => sent.end(Buffer.alloc(100)), 2000);
    expect(await answerTo(sent)).toMatchObject({ status: 200, text: '1100' });
  });

  it('is not one that the function does not read', async () => {
    await start({ ...impatient, functions: { 'echo-fn': { environment: { exec_timeout: '1s' } } } });
    const sent = request(`${gateway.url}/function/echo-fn/hang-unread`, { method: 'POST', agent: false });
    sent.on('error', () => {});
    sending.push(sent);
    sent.end(Buffer.alloc(30_000_000));
    expect((await answerTo(sent)).status).toBe(504);
  });
});

describe('senders that are slow', () => {
  it('do not make the gateway replace the function, and others are served beside them', async () => {
    await start({ functions: { 'echo-fn': { environment: { exec_timeout: '300ms' } } } });
    const echo = `${gateway.url}/function/echo-fn`;
    const { pid } = await echoed(echo);
    const answers = Array.from({ length: 5 }, () => answerTo(stall('/function/echo-fn/size')));
    expect((await echoed(echo, { method: 'POST', body: 'quick' })).size).toBe(5);
    for (const { status } of await Promise.all(answers)) expect(status).toBe(504);
    expect(gateway.log.filter((line) => line.includes('is replaced'))).toEqual([]);
    expect((await echoed(echo)).pid).toBe(pid);
  });

  it('do not keep others from the queue', async () => {
    await start({ queue: { limits: { jobs: 30, bytes: 10_000, body: 1000 }, concurrency: 2 } });
    for (let count = 0; count < 24; count++) stall('/async-function/echo-fn/size');
    await until(async () => (await pending()) === 24);
    for (let count = 0; count < 5; count++) {
      const answer = await call(`${gateway.url}/async-function/echo-fn`, { method: 'POST', body: Buffer.alloc(900) });
      expect(answer.status).toBe(202);
    }
  });
});
