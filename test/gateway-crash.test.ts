import { type ChildProcess, spawn } from 'node:child_process';
import { copyFileSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, expect, test } from 'vitest';
import { BUNDLES, call, collector, until } from '../gateway/fixtures/gateway.ts';
import { readProgressName } from '../gateway/queue/job-progress.ts';

/*
 * The gateway is killed in the middle of everything, again and again. Every call that it accepted must reach its
 * callback all the same. GATEWAY_CRASH_CALLS=1000 makes it the long run of docs/gateway.md.
 */
const CALLS = Number(process.env.GATEWAY_CRASH_CALLS ?? 150);
const BUNDLE = fileURLToPath(new URL('../dist/gateway/index.js', import.meta.url));

let folder: string;
let child: ChildProcess;

afterEach(async () => {
  if (child.exitCode === null && child.signalCode === null) await kill();
  rmSync(folder, { recursive: true });
});

async function start(): Promise<string> {
  child = spawn(process.execPath, [BUNDLE, '--port', '0'], {
    cwd: folder,
    env: {
      PATH: process.env.PATH,
      GATEWAY_BUNDLES: BUNDLES,
      GATEWAY_METRICS_PORT: '0',
      GATEWAY_CALLBACK_NETWORKS: '127.0.0.0/8',
    },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let out = '';
  child.stdout?.on('data', (chunk) => {
    out += chunk;
  });
  await until(() => /Ctrl-C/.test(out));
  return /^http:\/\/127\.0\.0\.1:\d+$/m.exec(out)?.[0] ?? '';
}

function kill(): Promise<void> {
  return new Promise((resolve) => {
    child.once('exit', () => resolve());
    child.kill('SIGKILL');
  });
}

test(`kill -9 loses none of ${CALLS} accepted calls`, { timeout: 180_000 }, async () => {
  folder = mkdtempSync(path.join(tmpdir(), 'gateway-crash-'));
  copyFileSync(path.join(BUNDLES, 'stack.yml'), path.join(folder, 'stack.yml'));
  const callbacks = await collector();
  const accepted = new Set<string>();
  let sent = 0;
  let lives = 0;

  const live = async (calls: number) => {
    const goal = Math.min(accepted.size + calls, CALLS);
    const url = await start();
    lives++;
    let dying = false;
    const client = async () => {
      while (!dying && accepted.size < CALLS) {
        const id = `call-${sent++}`;
        const headers = { 'x-call-id': id, 'x-callback-url': callbacks.url };
        const answer = await call(`${url}/async-function/echo-fn/echo`, { method: 'POST', headers, body: id }).catch(
          () => undefined,
        );
        if (answer?.status === 202) accepted.add(id);
        else dying = true;
      }
    };
    const clients = Array.from({ length: 4 }, client);
    while (accepted.size < goal && !dying) await new Promise((resolve) => setTimeout(resolve, 5));
    await kill();
    await Promise.all(clients);
  };

  while (accepted.size < CALLS || lives < 3) await live(1 + Math.random() * 80);
  await start();
  const missing = () => {
    const told = new Set(callbacks.got.map(({ headers }) => headers['x-call-id']));
    return [...accepted].filter((id) => !told.has(id));
  };
  const pending = () => readdirSync(path.join(folder, '.obscura/queue/pending')).length;
  for (let tries = 0; tries < 30 && (missing().length > 0 || pending() > 0); tries++) {
    await new Promise((resolve) => setTimeout(resolve, 1000));
  }
  expect(missing()).toEqual([]);
  expect(pending()).toBe(0);
  for (const { headers, body } of callbacks.got) expect(String(body)).toBe(headers['x-call-id']);
  process.stdout.write(
    `${accepted.size} accepted of ${sent} sent in ${lives} lives: all delivered, ${callbacks.got.length} callbacks\n`,
  );
  await callbacks.close();
});

test('a call that each of six kills cuts off has made none of its two attempts', async () => {
  folder = mkdtempSync(path.join(tmpdir(), 'gateway-crash-'));
  const annotations = {
    'com.openfaas.retry.attempts': '2',
    'com.openfaas.retry.min_wait': '10ms',
    'com.openfaas.retry.max_wait': '20ms',
  };
  const stack = { provider: { name: 'openfaas' }, functions: { 'echo-fn': { annotations } } };
  writeFileSync(path.join(folder, 'stack.yml'), JSON.stringify(stack));
  const callbacks = await collector();
  const state = (name: string) => readdirSync(path.join(folder, '.obscura/queue', name));
  const progress = () => state('pending').map((name) => readProgressName(name)?.progress)[0];
  const url = await start();
  const gate = path.join(folder, 'gate');
  const headers = { 'x-callback-url': callbacks.url };
  const answer = await call(`${url}/async-function/echo-fn/held?file=${gate}`, { method: 'POST', headers });
  expect(answer.status).toBe(202);
  for (let kills = 1; kills <= 6; kills++) {
    await until(() => progress()?.running === true);
    await kill();
    expect(progress()).toMatchObject({ attempts: 0, interruptions: kills - 1 });
    await start();
  }
  writeFileSync(gate, '');
  await until(() => callbacks.got.length === 1);
  expect(callbacks.got[0]?.headers['x-function-status']).toBe('200');
  await until(() => state('pending').length === 0);
  expect(state('dead')).toEqual([]);
  await callbacks.close();
});
