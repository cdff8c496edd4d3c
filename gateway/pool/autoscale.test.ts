import { readFileSync } from 'node:fs';
import path from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { call, type TestGateway, type TestOptions, testGateway, until } from '../fixtures/gateway.ts';
import { Autoscale, LOOK_MS } from './autoscale.ts';

describe('what a load needs', () => {
  const looks = (autoscale: Autoscale, ...loads: number[]) => loads.map((load) => autoscale.look(load)).at(-1);

  it('more only once the load has lasted', () => {
    const autoscale = new Autoscale(10, 30_000);
    expect(looks(autoscale, 100, 100)).toMatchObject({ atLeast: 0 });
    expect(looks(autoscale, 35)).toMatchObject({ atLeast: 4 });
    expect(looks(autoscale, 0)).toMatchObject({ atLeast: 0 });
  });

  it('fewer only once it has been less for the whole while', () => {
    const autoscale = new Autoscale(10, 4 * LOOK_MS);
    expect(looks(autoscale, 45, 5, 5)).toMatchObject({ atMost: Number.POSITIVE_INFINITY });
    expect(looks(autoscale, 5)).toMatchObject({ atMost: 5 });
    expect(looks(autoscale, 5)).toMatchObject({ atMost: 1 });
    expect(looks(autoscale, 0, 0, 0, 0)).toMatchObject({ atMost: 0 });
    autoscale.forget();
    expect(looks(autoscale, 0)).toMatchObject({ atMost: Number.POSITIVE_INFINITY });
  });
});

describe('the processes of a function', () => {
  let gateway: TestGateway;
  let stop = () => {};

  afterEach(async () => {
    stop();
    await gateway.end();
  });

  const start = async (labels: Record<string, string>, options: TestOptions = {}) => {
    const functions = { 'echo-fn': { labels: { 'com.openfaas.scale.max': '3', ...labels }, ...options.functions } };
    gateway = await testGateway({ scaleInAfter: 1500, ...options, functions });
  };
  const count = () => gateway.functions[0]!.upstream.count();
  const statuses: number[] = [];

  /** So many callers, each of whom asks again at once. */
  const load = (callers: number, path: string) => {
    let going = true;
    statuses.length = 0;
    for (let caller = 0; caller < callers; caller++) {
      void (async () => {
        while (going) statuses.push(await call(`${gateway.url}/function/echo-fn${path}`).then(({ status }) => status));
      })().catch(() => {});
    }
    stop = () => {
      going = false;
    };
  };

  it('follow what Alertmanager tells, up to scale.max and back to scale.min', async () => {
    await start({ 'com.openfaas.scale.factor': '34' });
    const password = readFileSync(path.join(gateway.folder, '.obscura/basic-auth-password'), 'utf8').trim();
    const authorization = `Basic ${Buffer.from(`admin:${password}`).toString('base64')}`;
    const tell = async (alerts: unknown) => {
      const body = JSON.stringify({ alerts });
      const { status } = await call(`${gateway.url}/system/alert`, {
        method: 'POST',
        body,
        headers: { authorization },
      });
      return [status, count().replicas];
    };
    const labels = { function_name: 'echo-fn.openfaas-fn' };
    // A third of three, rounded up, is two.
    expect(await tell([{ status: 'firing', labels }])).toEqual([200, 2]);
    expect(await tell([null, {}, { labels: null }, { status: 'firing', labels: { function_name: 7 } }])).toEqual([
      200, 2,
    ]);
    expect(await tell([{ status: 'firing', labels }])).toEqual([200, 3]);
    expect(await tell('firing')).toEqual([400, 3]);
    expect(await tell([{ status: 'resolved', labels }])).toEqual([200, 1]);
  });

  it('follow the load out, up to scale.max, and in again, and no call is lost on the way', async () => {
    await start({ 'com.openfaas.scale.target': '2' });
    load(8, '/slow?ms=100');
    await until(() => count().available === 3);
    expect(gateway.log.join('\n')).toMatch(/echo-fn goes from [12] to 3 processes, with \d+ requests in flight/);
    stop();
    await until(() => count().replicas === 1);
    expect(new Set(statuses)).toEqual(new Set([200]));
  });

  it('are no more than the operator wants', async () => {
    await start({ 'com.openfaas.scale.target': '1' }, { maxReplicas: 2 });
    load(6, '/slow?ms=100');
    await until(() => count().available === 2);
    await new Promise((resolve) => setTimeout(resolve, 4 * LOOK_MS));
    expect(count()).toEqual({ replicas: 2, available: 2 });
  });

  it('are more when calls are refused for want of room', async () => {
    await start({}, { functions: { environment: { max_inflight: '1' } } });
    load(3, '/slow?ms=60');
    await until(() => count().available >= 2);
    expect(statuses).toContain(429);
  });

  it('stay as many as a person has set', async () => {
    await start({});
    gateway.functions[0]!.upstream.scale(2);
    await until(() => count().available === 2);
    await new Promise((resolve) => setTimeout(resolve, 2000));
    expect(count()).toEqual({ replicas: 2, available: 2 });
  });

  it('do not end while they are busy', async () => {
    await start({ 'com.openfaas.scale.target': '1' });
    const upstream = gateway.functions[0]!.upstream;
    load(8, '/slow?ms=40');
    await until(() => count().available === 3);
    const long = Array.from({ length: 3 }, () => call(`${gateway.url}/function/echo-fn/slow?ms=2000`));
    stop();
    upstream.scale(1);
    expect((await Promise.all(long)).map(({ status }) => status)).toEqual([200, 200, 200]);
    await until(() => count().available === 1);
  });
});
