import { writeFileSync } from 'node:fs';
import { afterEach, describe, expect, it } from 'vitest';
import {
  arrivals,
  call,
  isAlive,
  type TestGateway,
  type TestOptions,
  testGateway,
  until,
} from '../fixtures/gateway.ts';

let gateway: TestGateway;

async function start(options?: TestOptions): Promise<(path: string) => ReturnType<typeof call>> {
  gateway = await testGateway(options);
  return (path) => call(`${gateway.url}/function/${path}`);
}

afterEach(() => gateway.end());

const upstream = (name: string) => gateway.functions.find(({ spec }) => spec.name === name)!.upstream;
const logged = (text: string) => gateway.log.filter((line) => line.includes(text));
const pidOf = (text: string) => (JSON.parse(text) as { pid: number }).pid;

describe('from zero', () => {
  it('nothing runs until the first request; 100 at once start one process and all are answered', async () => {
    const get = await start();
    expect(upstream('echo-fn').count()).toEqual({ replicas: 0, available: 0 });
    const answers = await Promise.all(Array.from({ length: 100 }, () => get('echo-fn')));
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([200]));
    expect(new Set(answers.map(({ text }) => pidOf(text))).size).toBe(1);
    expect(logged('echo-fn started in')).toHaveLength(1);
    expect(upstream('echo-fn').count()).toEqual({ replicas: 1, available: 1 });
  });

  it('a function that ends before it is ready: callers get 503, its last lines are logged, and it rests', async () => {
    const get = await start();
    const answers = await Promise.all([get('broken-fn'), get('broken-fn')]);
    for (const { status, headers, text } of answers) {
      expect(status).toBe(503);
      expect(headers['x-openfaas-internal']).toBe('proxy');
      expect(Number(headers['retry-after'])).toBeGreaterThan(0);
      expect(text).toContain('No endpoints available for: broken-fn.');
      expect(text).not.toContain('model');
    }
    expect(logged('broken-fn ended with code 3 before it was ready')).toHaveLength(1);
    expect(gateway.log.at(-1)).toContain('the model is not here');
    const rested = await get('broken-fn');
    expect(rested.text).toContain('left alone for a moment');
    expect(logged('before it was ready')).toHaveLength(1);
    await until(async () => (await get('broken-fn')).text.includes('could not be started'));
    expect(logged('before it was ready')).toHaveLength(2);
    expect(upstream('broken-fn').count()).toEqual({ replicas: 0, available: 0 });
  });

  it('a function that never becomes ready is given up and killed', async () => {
    const get = await start({ startTimeout: 1500 });
    expect((await get('mute-fn')).status).toBe(503);
    expect(logged('mute-fn did not become ready within 1.5 s; its last lines')).toHaveLength(1);
  });

  it('a function that is not built is named', async () => {
    const get = await start();
    expect((await get('unbuilt-fn')).status).toBe(503);
    expect(logged('unbuilt-fn is not built: run npm run build')).toHaveLength(1);
  });

  it('a caller that leaves meanwhile changes nothing for the others', async () => {
    const get = await start();
    const leaving = fetch(`${gateway.url}/function/echo-fn`, { signal: AbortSignal.timeout(30) });
    const staying = get('echo-fn');
    await expect(leaving).rejects.toThrow();
    expect((await staying).status).toBe(200);
  });
});

describe('to zero', () => {
  it('an idle function stops, and starts again when it is asked for', async () => {
    const get = await start({ idle: 250 });
    const pid = pidOf((await get('echo-fn')).text);
    await until(() => !isAlive(pid));
    expect(upstream('echo-fn').count()).toEqual({ replicas: 0, available: 0 });
    expect(logged('echo-fn stops after 250 ms without a request')).toHaveLength(1);
    expect(pidOf((await get('echo-fn')).text)).not.toBe(pid);
  });

  it('a busy one does not', async () => {
    const get = await start({ idle: 100 });
    await get('echo-fn');
    expect((await get('echo-fn/slow?ms=600')).status).toBe(200);
    expect(logged('stops after')).toHaveLength(0);
  });

  it('nor does one whose label does not say so', async () => {
    const get = await start({ idle: 50, functions: { 'echo-fn': { labels: { 'com.openfaas.scale.zero': 'false' } } } });
    const pid = pidOf((await get('echo-fn')).text);
    await new Promise((resolve) => setTimeout(resolve, 200));
    expect(isAlive(pid)).toBe(true);
  });
});

describe('by hand', () => {
  it('more processes share the calls; fewer end only after their last answer', async () => {
    const get = await start();
    expect(upstream('echo-fn').scale(9)).toBe(3);
    await until(() => upstream('echo-fn').count().available === 3);
    const { query, reach } = arrivals(gateway.folder);
    const slow = Array.from({ length: 6 }, () => get(`echo-fn/slow?ms=500&${query}`));
    await reach(6);
    upstream('echo-fn').scale(0);
    expect(upstream('echo-fn').count()).toEqual({ replicas: 0, available: 0 });
    const pids = (await Promise.all(slow)).map(({ text }) => pidOf(text));
    const shares = [...new Set(pids)].map((pid) => pids.filter((other) => other === pid).length);
    expect(shares).toEqual([2, 2, 2]);
    await until(() => !pids.some(isAlive));
  });

  it('a process that does not end when it is asked to is killed', async () => {
    const get = await start();
    const pid = Number((await get('stubborn-fn')).text);
    upstream('stubborn-fn').scale(0);
    await new Promise((resolve) => setTimeout(resolve, 300));
    expect(isAlive(pid)).toBe(true);
    upstream('stubborn-fn').kill();
    await until(() => !isAlive(pid));
  });
});

describe('when a process ends by itself', () => {
  it('another takes its place, even if nobody asks', async () => {
    const get = await start();
    const pid = pidOf((await get('echo-fn')).text);
    process.kill(pid, 'SIGKILL');
    await until(() => logged('echo-fn started in').length === 2);
    expect(logged('echo-fn was ended by SIGKILL')).toHaveLength(1);
    expect(upstream('echo-fn').count()).toEqual({ replicas: 1, available: 1 });
  });

  it('another takes the place of one that answers nothing any more', async () => {
    const get = await start({ functions: { 'echo-fn': { environment: { exec_timeout: '300ms' } } } });
    const pid = pidOf((await get('echo-fn')).text);
    process.kill(pid, 'SIGSTOP');
    try {
      // A caller's own short time says nothing about the function.
      const hasty = { headers: { 'x-timeout': '10ms' } };
      for (let time = 0; time < 4; time++) {
        expect((await call(`${gateway.url}/function/echo-fn`, hasty)).status).toBe(504);
      }
      expect(logged('is replaced')).toHaveLength(0);
      for (let time = 0; time < 3; time++) expect((await get('echo-fn')).status).toBe(504);
      const next = await get('echo-fn');
      expect(next.status).toBe(200);
      expect(pidOf(next.text)).not.toBe(pid);
      expect(logged('echo-fn let 3 calls in a row time out and is replaced')).toHaveLength(1);
    } finally {
      process.kill(pid, 'SIGCONT');
    }
    await until(() => !isAlive(pid));
  });

  it('again and again, it is left alone for a while, and then serves again', async () => {
    const get = await start();
    for (let time = 0; time < 3; time++)
      await call(`${gateway.url}/function/echo-fn/crash`, { method: 'POST', body: 'x' });
    await until(async () => (await get('echo-fn')).status === 503);
    await until(async () => (await get('echo-fn')).status === 200);
  });
});

describe('max_inflight', () => {
  it('refuses what is over it with 429', async () => {
    const get = await start();
    await get('narrow-fn');
    const answers = await Promise.all([get('narrow-fn'), get('narrow-fn')]);
    expect(answers.map(({ status }) => status).sort()).toEqual([200, 429]);
    const refused = answers.find(({ status }) => status === 429);
    expect(refused?.text).toBe('Concurrent request limit exceeded. Max concurrent requests: 1\n');
    expect(refused?.headers['x-openfaas-internal']).toBe('faas-middleware');
  });
});

describe('stop', () => {
  it('lets calls finish, with the calls that they make, and refuses new ones', async () => {
    const get = await start();
    await get('echo-fn');
    const { query, reach } = arrivals(gateway.folder);
    const slow = call(`${gateway.url}/function/echo-fn/held?file=${gateway.folder}/done&${query}`, {
      headers: { 'x-call-id': 'under-way' },
    });
    await reach(1);
    const stopped = gateway.stop();
    const refused = await get('echo-fn');
    expect(refused).toMatchObject({ status: 503, text: 'The gateway is stopping.\n' });
    const nested = await call(`${gateway.url}/function/echo-fn`, { headers: { 'x-call-id': 'under-way' } });
    expect(nested.status).toBe(200);
    writeFileSync(`${gateway.folder}/done`, '');
    expect((await slow).status).toBe(200);
    await stopped;
    expect(isAlive(pidOf(nested.text))).toBe(false);
    await expect(get('echo-fn')).rejects.toThrow();
  });

  it('does not wait for ever', async () => {
    const get = await start({ drainTimeout: 200 });
    const hanging = get('echo-fn/hang').catch((error: Error) => error);
    await until(() => upstream('echo-fn').count().available === 1);
    const since = performance.now();
    await gateway.stop();
    expect(performance.now() - since).toBeLessThan(8000);
    expect(await hanging).toBeInstanceOf(Error);
  });
});
