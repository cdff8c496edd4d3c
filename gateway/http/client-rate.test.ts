import { request } from 'node:http';
import { afterEach, describe, expect, it } from 'vitest';
import { type TestGateway, testGateway } from '../fixtures/gateway.ts';
import { ClientRate } from './client-rate.ts';

describe('ClientRate', () => {
  const at = { now: 0 };
  const rate = (): ClientRate => {
    at.now = 0;
    return new ClientRate(60, () => at.now);
  };
  const taken = (made: ClientRate, address: string, times: number): number =>
    Array.from({ length: times }, () => made.take(address)).filter((wait) => wait === 0).length;

  it('lets a minute’s worth through at once, then as many as become free', () => {
    const made = rate();
    expect(taken(made, '192.0.2.1', 100)).toBe(60);
    expect(made.take('192.0.2.1')).toBe(1);
    at.now = 5_000;
    expect(taken(made, '192.0.2.1', 100)).toBe(5);
  });

  it('tells clients apart, and an IPv6 customer is one client', () => {
    const made = rate();
    taken(made, '192.0.2.1', 60);
    expect(made.take('::ffff:192.0.2.1')).toBeGreaterThan(0);
    expect(made.take('192.0.2.2')).toBe(0);
    expect(taken(made, '2001:db8:1:2::1', 60)).toBe(60);
    expect(made.take('2001:db8:1:2:ffff::9')).toBeGreaterThan(0);
    expect(made.take('2001:db8:1:3::1')).toBe(0);
    expect(taken(made, '2001:db8::1', 60)).toBe(60);
    expect(made.take('2001:db8:0:0:5::')).toBeGreaterThan(0);
  });

  it('counts nothing of this machine’s own functions', () => {
    const made = rate();
    for (const own of ['127.0.0.1', '::1', '::ffff:127.0.0.1']) expect(taken(made, own, 200)).toBe(200);
  });

  it('does not grow with the number of clients', () => {
    const made = rate();
    for (let client = 0; client < 50_000; client++)
      made.take(`10.${client >> 16}.${(client >> 8) & 255}.${client & 255}`);
    expect((made as unknown as { buckets: Map<string, object> }).buckets.size).toBe(20_000);
  });
});

describe('GATEWAY_CLIENT_RATE', () => {
  let gateway: TestGateway;
  afterEach(() => gateway.end());

  /** A request from another address of this machine. */
  const from = (
    localAddress: string,
    method: string,
    path = '/function/echo-fn',
  ): Promise<[number, string | undefined]> =>
    new Promise((resolve, reject) => {
      const sent = request(`${gateway.url}${path}`, { method, localAddress, agent: false }, (response) => {
        response.resume();
        resolve([response.statusCode ?? 0, response.headers['retry-after']]);
      });
      sent.on('error', reject);
      sent.end(method === 'POST' ? 'x' : undefined);
    });

  it.runIf(process.platform === 'linux')('bounds uploads of one client, and nobody else’s', async () => {
    gateway = await testGateway({ clientRate: 3 });
    const statuses = [];
    for (let times = 0; times < 3; times++) statuses.push((await from('127.0.0.2', 'POST'))[0]);
    expect(statuses).toEqual([200, 200, 200]);
    expect(await from('127.0.0.2', 'POST')).toEqual([429, expect.stringMatching(/^(1\d|20)$/)]);
    expect(await from('127.0.0.2', 'POST', '/async-function/echo-fn')).toEqual([
      429,
      expect.stringMatching(/^(1\d|20)$/),
    ]);
    expect((await from('127.0.0.2', 'GET'))[0]).toBe(200);
    expect((await from('127.0.0.3', 'POST'))[0]).toBe(200);
    expect((await from('127.0.0.1', 'POST'))[0]).toBe(200);
  });

  it('is off unless asked for', async () => {
    gateway = await testGateway();
    for (let times = 0; times < 30; times++) expect((await from('127.0.0.2', 'POST'))[0]).toBe(200);
  });
});
