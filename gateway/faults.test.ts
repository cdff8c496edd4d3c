import { readdirSync, readFileSync } from 'node:fs';
import { request } from 'node:http';
import { afterEach, describe, expect, it } from 'vitest';
import { arrivals, call, isAlive, type TestGateway, testGateway, until } from './fixtures/gateway.ts';

/*
 * Processes that are killed from outside at every stage of their lives, and one that leaks.
 * What else can go wrong is in docs/reliability.md, with its test.
 */
const linux = process.platform === 'linux';
let gateway: TestGateway;

afterEach(() => gateway.end());

const logged = (text: string) => gateway.log.filter((line) => line.includes(text));
const get = (path: string) => call(`${gateway.url}/function/${path}`);
const post = (path: string, body = 'x') => call(`${gateway.url}/function/${path}`, { method: 'POST', body });

/** The processes of a function that this process has started. */
function pidsOf(name: string): number[] {
  return readdirSync('/proc')
    .filter((entry) => /^\d+$/.test(entry))
    .map(Number)
    .filter((pid) => {
      try {
        const parent = /^PPid:\s+(\d+)$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1];
        const started = readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes(`/${name}/index.js`);
        return Number(parent) === process.pid && started;
      } catch {
        return false;
      }
    });
}

async function kill(name: string): Promise<void> {
  await until(() => pidsOf(name).length > 0);
  for (const pid of pidsOf(name)) process.kill(pid, 'SIGKILL');
}

describe.runIf(linux)('a process that is killed', () => {
  it('before it is ready fails those who wait, at once', async () => {
    gateway = await testGateway({ startTimeout: 60_000 });
    const waiting = [get('mute-fn'), get('mute-fn')];
    await kill('mute-fn');
    for (const { status, headers } of await Promise.all(waiting)) {
      expect([status, headers['x-openfaas-internal']]).toEqual([503, 'proxy']);
    }
    expect(logged('mute-fn was ended by SIGKILL before it was ready')).toHaveLength(1);
  });

  it('in the middle of requests: those without a body are answered by another, those with one fail', async () => {
    gateway = await testGateway();
    await get('echo-fn');
    const { query, reach } = arrivals(gateway.folder);
    const fragile = post(`echo-fn/slow?ms=1500&${query}`);
    const safe = Array.from({ length: 4 }, () => get(`echo-fn/slow?ms=1500&${query}`));
    await reach(5);
    const [pid] = pidsOf('echo-fn');
    await kill('echo-fn');
    expect((await fragile).status).toBe(500);
    for (const { status, text } of await Promise.all(safe)) {
      expect(status).toBe(200);
      expect(JSON.parse(text).pid).not.toBe(pid);
    }
  });

  it('in the middle of an answer: the caller sees that it is not whole', async () => {
    gateway = await testGateway();
    const broken = new Promise((resolve, reject) => {
      const sent = request(`${gateway.url}/function/echo-fn/endless`, (response) => {
        response.on('error', resolve);
        response.on('end', () => reject(new Error('it looked whole')));
        response.once('data', () => void kill('echo-fn'));
        response.resume();
      });
      sent.on('error', resolve);
      sent.end();
    });
    expect(String(await broken)).toMatch(/aborted|hang up/);
    expect((await get('echo-fn')).status).toBe(200);
  });

  it('while it is idle: another takes its place, and no call fails', async () => {
    gateway = await testGateway();
    await get('echo-fn');
    const [pid = 0] = pidsOf('echo-fn');
    await kill('echo-fn');
    await until(() => !isAlive(pid));
    const answers = await Promise.all(Array.from({ length: 20 }, () => post('echo-fn')));
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([200]));
  });
});

describe.runIf(linux)('a process that leaks', () => {
  const limited = (memory: string) => testGateway({ functions: { 'echo-fn': { limits: { memory } } } });

  it('is replaced over its limit, once it has answered what it has', async () => {
    gateway = await limited('160Mi');
    const { text: first } = await get('echo-fn/leak?mb=1');
    const { query, reach } = arrivals(gateway.folder);
    const slow = get(`echo-fn/slow?ms=1800&${query}`);
    await reach(1);
    for (let time = 0; time < 4; time++) expect((await get('echo-fn/leak?mb=40')).status).toBe(200);
    await until(() => logged('with a limit of 160 MiB, and is replaced').length === 1);
    const { text: second } = await get('echo-fn/leak?mb=1');
    expect(second).not.toBe(first);
    expect(JSON.parse((await slow).text).pid).toBe(Number(first));
    await until(() => !isAlive(Number(first)));
    expect(pidsOf('echo-fn')).toEqual([Number(second)]);
  });

  it('is killed far over its limit, so that the machine lives', async () => {
    gateway = await limited('90Mi');
    const { text: pid } = await get('echo-fn/leak?mb=1');
    const hanging = post('echo-fn/hang');
    void get('echo-fn/leak?mb=400').catch(() => {});
    await until(() => !isAlive(Number(pid)));
    expect((await hanging).status).toBe(500);
    expect((await get('echo-fn')).status).toBe(200);
  });
});
