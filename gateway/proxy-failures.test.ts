import { once } from 'node:events';
import { Agent, type IncomingMessage, request } from 'node:http';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { call, echoed, type TestGateway, testGateway, until } from './fixtures/gateway.ts';

let gateway: TestGateway;
let echo: string;

beforeAll(async () => {
  gateway = await testGateway();
  echo = `${gateway.url}/function/echo-fn`;
});

afterAll(() => gateway.end());

describe('when a function fails', () => {
  it('in its time: 504, and the function learns of it', async () => {
    const before = Number((await call(`${echo}/aborted`)).text);
    const answer = await call(`${echo}/hang`, { method: 'POST', body: 'x', headers: { 'x-timeout': '150ms' } });
    expect(answer.status).toBe(504);
    expect(answer.headers['x-openfaas-internal']).toBe('of-watchdog');
    expect(answer.text).toBe('The function echo-fn did not answer within 150 ms.\n');
    await until(async () => Number((await call(`${echo}/aborted`)).text) > before);
  });

  it('X-Timeout cannot prolong its time', async () => {
    const answer = await call(`${echo}/hang`, { headers: { 'x-timeout': '1h' } });
    expect(answer.text).toContain('within 2 s');
  });

  it("in the gateway's time: 502 without a word", async () => {
    const hasty = await testGateway({ upstreamTimeout: 700 });
    expect(await call(`${hasty.url}/function/echo-fn/hang`)).toMatchObject({ status: 502, text: '' });
    await hasty.end();
  });

  it('in its write_timeout: 502 without a word, and an answer that has begun is cut off', async () => {
    const hasty = await testGateway({ functions: { 'echo-fn': { environment: { write_timeout: '300ms' } } } });
    const url = `${hasty.url}/function/echo-fn`;
    expect(await call(`${url}/hang`)).toMatchObject({ status: 502, text: '' });
    await expect(call(`${url}/endless`)).rejects.toThrow(/aborted|hang up/);
    expect(hasty.log.some((line) => line.includes('echo-fn did not answer within 300 ms'))).toBe(true);
    await hasty.end();
  });

  it('to get the body within its read_timeout: 502, on a connection that stays usable', async () => {
    const hasty = await testGateway({ functions: { 'echo-fn': { environment: { read_timeout: '300ms' } } } });
    const agent = new Agent({ keepAlive: true, maxSockets: 1 });
    const sent = request(`${hasty.url}/function/echo-fn/size`, {
      method: 'POST',
      agent,
      headers: { 'content-length': 6 },
    });
    sent.write('slow');
    const [response] = (await once(sent, 'response')) as [IncomingMessage];
    expect([response.statusCode, String(Buffer.concat(await response.toArray()))]).toEqual([502, '']);
    expect(hasty.log.at(-1)).toContain('echo-fn did not get the body within 300 ms');
    sent.end('ly');
    const body = Buffer.alloc(100_000);
    expect(await call(`${hasty.url}/function/echo-fn/size`, { method: 'POST', body })).toMatchObject({
      text: '100000',
    });
    agent.destroy();
    await hasty.end();
  });

  it('by dying: the call is tried once more when it had no body, then 500', async () => {
    const answer = await call(`${echo}/crash`);
    expect(answer).toMatchObject({ status: 500, text: "Can't reach service for: echo-fn.\n" });
    expect(answer.headers['x-openfaas-internal']).toBe('proxy');
    expect(gateway.log.filter((line) => line.includes('tried again'))).toHaveLength(1);
    expect((await call(echo)).status).toBe(200);
  });

  it('by answering what is no HTTP: 500', async () => {
    const answer = await call(`${echo}/nonsense`);
    expect(answer).toMatchObject({ status: 500, headers: { 'x-openfaas-internal': 'proxy' } });
    expect((await call(echo)).status).toBe(200);
  });

  it('by dying with a body read: 500 at once', async () => {
    const again = gateway.log.filter((line) => line.includes('tried again')).length;
    expect((await call(`${echo}/crash`, { method: 'POST', body: Buffer.alloc(200_000) })).status).toBe(500);
    expect(gateway.log.filter((line) => line.includes('tried again'))).toHaveLength(again);
  });
});

describe('when a function dies in its answer', () => {
  it('the caller sees that the answer is not whole', async () => {
    const fresh = await testGateway();
    await expect(call(`${fresh.url}/function/echo-fn/crash-midway`)).rejects.toThrow(/aborted|hang up/);
    expect((await call(`${fresh.url}/function/echo-fn`)).status).toBe(200);
    await fresh.end();
  });
});

describe('when a function is killed between two calls', () => {
  it('the next call is answered, by a new process', async () => {
    const fresh = await testGateway();
    const url = `${fresh.url}/function/echo-fn`;
    const { pid } = await echoed(url);
    process.kill(pid, 'SIGKILL');
    const next = await echoed(url);
    expect(next.pid).not.toBe(pid);
    await fresh.end();
  });

  it('so is one with a body that comes before its end is seen', async () => {
    const fresh = await testGateway();
    const url = `${fresh.url}/function/echo-fn`;
    for (let time = 0; time < 2; time++) {
      expect((await call(`${url}/crash`, { method: 'POST', body: 'x' })).status).toBe(500);
      expect((await call(url, { method: 'POST', body: 'x' })).status).toBe(200);
    }
    await fresh.end();
  });
});
