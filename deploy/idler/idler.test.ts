import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import path from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { call, type TestGateway, testGateway } from '../../gateway/fixtures/gateway.ts';
import { readCalls } from './calls.ts';
import { type Config, idleTimes, readConfig } from './config.ts';
import { Idler } from './idler.ts';
import { Watch } from './watch.ts';

/* Against the real embedded gateway; what OpenFaaS's own does is in test/kubernetes.test.ts as far as it can be had. */

describe('with the gateway', () => {
  let gateway: TestGateway;
  let logged: string[];
  let idler: Idler;
  const idleAfter = idleTimes('*=10m');

  beforeAll(async () => {
    gateway = await testGateway({ idle: 0 });
  });
  afterAll(() => gateway.end());
  beforeEach(() => {
    logged = [];
    idler = new Idler(settings(), (level, message, more) => logged.push(JSON.stringify({ level, message, ...more })));
  });

  const settings = (changes: Partial<Config> = {}): Config => ({
    metrics: [gateway.metricsUrl as string],
    idleAfter,
    lookEvery: 1000,
    driver: { kind: 'gateway', url: gateway.url, user: 'admin', password: passwordOf(gateway) },
    dryRun: false,
    ...changes,
  });
  const echo = (at = '') => call(`${gateway.url}/function/echo-fn${at}`);
  const replicas = async () => {
    const authorization = `Basic ${Buffer.from(`admin:${passwordOf(gateway)}`).toString('base64')}`;
    const { text } = await call(`${gateway.url}/system/function/echo-fn`, { headers: { authorization } });
    return JSON.parse(text).replicas ?? 0;
  };
  const MINUTE = 60_000;

  test('a function without calls goes to zero, and wakes for the next one', async () => {
    expect((await echo()).status).toBe(200);
    expect(await idler.look(0)).toEqual([]);
    expect(await idler.look(9 * MINUTE)).toEqual([]);
    expect(await idler.look(10 * MINUTE)).toEqual(['echo-fn']);
    await expect.poll(replicas).toBe(0);
    expect((await echo()).status).toBe(200);
    expect(await replicas()).toBe(1);
  });

  test('a call in between puts it off', async () => {
    await echo();
    await idler.look(0);
    await echo();
    await idler.look(9 * MINUTE);
    expect(await idler.look(11 * MINUTE)).toEqual([]);
    expect(await idler.look(19 * MINUTE)).toEqual(['echo-fn']);
  });

  test('a call that lasts longer than the idle time keeps its function', async () => {
    const slow = echo('/slow?ms=600');
    await expect.poll(replicas).toBe(1);
    await idler.look(0);
    expect(await idler.look(30 * MINUTE)).toEqual([]);
    expect((await slow).status).toBe(200);
  });

  test('a dry run, and functions that are never to stop, stay', async () => {
    await echo();
    for (const changes of [{ dryRun: true }, { idleAfter: idleTimes('*=1m,echo-fn=never') }]) {
      const careful = new Idler(settings(changes), () => {});
      await careful.look(0);
      expect(await careful.look(60 * MINUTE)).toEqual([]);
    }
    expect(await replicas()).toBe(1);
  });

  test('nothing known, nobody stopped: metrics that fail, a wrong password', async () => {
    await echo();
    const broken = createServer((_request, response) => response.writeHead(500).end('out of order')).listen(0);
    const address = `http://127.0.0.1:${(broken.address() as AddressInfo).port}/metrics`;
    const { driver } = settings();
    for (const changes of [{ metrics: [address] }, { driver: { ...driver, password: 'wrong' } as Config['driver'] }]) {
      idler = new Idler(settings(changes), (_level, message, more) => logged.push(`${message}: ${more?.error}`));
      await idler.look(0);
      expect(await idler.look(60 * MINUTE)).toEqual([]);
    }
    broken.close();
    expect(logged[0]).toMatch(/nothing is stopped: GET http.*500 out of order/);
    expect(logged.at(-1)).toMatch(/nothing is stopped: GET http.*401/);
    expect(await replicas()).toBe(1);
  });
});

/** A platform of one function, as its API and its metrics show it; `keepsNone`: it stays at 0 until it is called. */
async function platform(keepsNone: boolean) {
  const state = { replicas: 1, started: 1, stops: 0 };
  const server = createServer((request, response) => {
    if (request.url === '/metrics') {
      const line = (name: string) =>
        `gateway_function_invocation_${name}{function_name="a.openfaas-fn"} ${state.started}\n`;
      response.end(line('started') + line('total'));
    } else if (request.method === 'GET') response.end(JSON.stringify([{ name: 'a', replicas: state.replicas }]));
    else {
      state.stops += 1;
      state.replicas = keepsNone ? 0 : 1;
      response.writeHead(202).end();
    }
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const logged: string[] = [];
  const driver = { kind: 'gateway', url, user: 'admin', password: 'x' } as const;
  const config = { metrics: [`${url}/metrics`], idleAfter: idleTimes('*=10m'), lookEvery: 1, driver, dryRun: false };
  return { state, logged, idler: new Idler(config, (_level, message) => logged.push(message)), server };
}

test('a platform that turns 0 into 1 by itself is told once and left alone', async () => {
  const { state, logged, idler, server } = await platform(false);
  for (let minutes = 0; minutes < 120; minutes += 5) await idler.look(minutes * 60_000);
  expect(state.stops).toBe(1);
  expect(logged.filter((message) => /left alone/.test(message))).toHaveLength(1);
  server.close();
});

test('a function that a call woke has its whole time again, and is stopped again after that', async () => {
  const { state, logged, idler, server } = await platform(true);
  for (const minutes of [0, 10]) await idler.look(minutes * 60_000);
  expect(state).toMatchObject({ stops: 1, replicas: 0 });
  // Woken between two looks: the gateway counts the call when it is over, which it is not yet.
  state.replicas = 1;
  state.started += 1;
  for (const minutes of [10.5, 11, 20]) expect(await idler.look(minutes * 60_000)).toEqual([]);
  expect(await idler.look(21 * 60_000)).toEqual(['a']);
  expect(logged).not.toContainEqual(expect.stringMatching(/left alone/));
  server.close();
});

test('after a time in the dark the clock begins again', () => {
  const watch = new Watch(idleTimes('*=10m'));
  const calls = new Map([['a', { started: 3, ended: 3 }]]);
  watch.look(['a'], calls, 0);
  watch.forget();
  expect(watch.look(['a'], calls, 700_000)).toEqual([]);
  expect(watch.look(['a'], calls, 1_300_000)).toEqual(['a']);
});

test('a gateway that began again counts as a call', () => {
  const watch = new Watch(idleTimes('*=10m'));
  watch.look(['a'], new Map([['a', { started: 3, ended: 3 }]]), 0);
  expect(watch.look(['a'], new Map(), 700_000)).toEqual([]);
});

test('calls are summed over gateways, statuses and namespaces', () => {
  const text = [
    '# HELP gateway_function_invocation_total Function metrics',
    'gateway_function_invocation_total{code="200",function_name="a.openfaas-fn"} 4',
    'gateway_function_invocation_total{code="500",function_name="a.openfaas-fn"} 1',
    'gateway_function_invocation_started{function_name="a.openfaas-fn"} 6',
    'gateway_functions_seconds_sum{code="200",function_name="a.openfaas-fn"} 60',
  ].join('\n');
  expect(readCalls([text, text])).toEqual(new Map([['a', { started: 12, ended: 10 }]]));
});

test.each([
  ['clip-fn', /IDLER_FUNCTIONS has "clip-fn"/],
  ['*=5', /such as clip-fn=15m/],
  ['a=5m,,', /has ""/],
])('IDLER_FUNCTIONS=%s is refused with a sentence', (text, message) => {
  expect(() => idleTimes(text)).toThrow(message);
});

test('settings that cannot be used are said', () => {
  process.env.IDLER_DRIVER = 'docker';
  expect(() => readConfig()).toThrow(/not gateway or kubernetes/);
  process.env.IDLER_DRIVER = 'gateway';
  process.env.IDLER_PASSWORD_FILE = '/nowhere/password';
  expect(() => readConfig()).toThrow(/IDLER_PASSWORD_FILE is .* cannot be read/);
  delete process.env.IDLER_DRIVER;
  delete process.env.IDLER_PASSWORD_FILE;
});

function passwordOf(gateway: TestGateway): string {
  return readFileSync(path.join(gateway.folder, '.obscura', 'basic-auth-password'), 'utf8').trim();
}
