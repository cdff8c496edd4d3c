/** The runtime as a process: bundles of the fixtures, made by the one bundler and run as watchdog and gateway do. */
import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { type AddressInfo, connect, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { eventually, type LogLine } from './testing.ts';

const root = fileURLToPath(new URL('../../../', import.meta.url));
const fixtures = fileURLToPath(new URL('fixtures', import.meta.url));
const NAMES = ['node18', 'callback', 'modern', 'broken'];

let folder: string;
const children: ChildProcess[] = [];

beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'runtime-'));
  const script = path.join(root, 'scripts/build.mjs');
  const targets = NAMES.map((name) => `${name}=${path.join(fixtures, name)}`);
  await promisify(execFile)(process.execPath, [script, '--quiet', '--out', folder, ...targets]);
});

afterEach(() => {
  for (const child of children.splice(0)) child.kill('SIGKILL');
});

afterAll(() => rm(folder, { recursive: true, force: true }));

interface Running {
  child: ChildProcess;
  url: string;
  port: number;
  lines: LogLine[];
  notes: () => string[];
  /** The exit code, once it has ended. */
  ended: Promise<number | null>;
}

let serial = 0;

function launch(command: string, args: string[], env: Record<string, string>): Omit<Running, 'url' | 'port'> {
  serial += 1;
  const notes = path.join(folder, `notes-${serial}`);
  const child = spawn(command, args, {
    env: { PATH: process.env.PATH ?? '', TMPDIR: folder, OPENFAAS_NAME: 'fixture-fn', NOTES: notes, ...env },
    stdio: ['ignore', 'pipe', 'inherit', 'ipc'],
  });
  children.push(child);
  const lines: LogLine[] = [];
  let rest = '';
  child.stdout?.on('data', (chunk) => {
    const parts = (rest + chunk).split('\n');
    rest = parts.pop() ?? '';
    for (const part of parts) if (part.startsWith('{')) lines.push(JSON.parse(part));
  });
  const ended = once(child, 'exit').then(([code]) => code as number | null);
  return {
    child,
    lines,
    ended,
    notes: () => (existsSync(notes) ? readFileSync(notes, 'utf8').trim().split('\n') : []),
  };
}

async function run(name: string, env: Record<string, string> = {}): Promise<Running> {
  const launched = launch(process.execPath, [path.join(folder, name, 'index.js')], { http_port: '0', ...env });
  const [message] = (await once(launched.child, 'message')) as [{ type: string; port: number }];
  expect(message).toEqual({ type: 'ready', port: expect.any(Number) });
  return { ...launched, port: message.port, url: `http://127.0.0.1:${message.port}` };
}

function refused(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1', () => resolve(false));
    socket.on('error', () => resolve(true)).on('connect', () => socket.destroy());
  });
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

describe('handlers written for node18 run unchanged', () => {
  it('as faas-cli new writes them', async () => {
    const { url } = await run('node18');
    const response = await fetch(url, {
      method: 'POST',
      body: '{"a":1}',
      headers: { 'content-type': 'application/json' },
    });
    expect(response.headers.get('content-type')).toBe('application/json');
    expect(await response.json()).toEqual({ body: '{"a":1}', 'content-type': 'application/json' });
    expect(await (await fetch(url)).json()).toEqual({ body: '{}', 'content-type': 'text/plain' });
  });

  it('with a callback', async () => {
    const { url } = await run('callback');
    expect(await (await fetch(`${url}/?a[b]=1`)).json()).toEqual({ status: 'done', query: { a: { b: '1' } } });
    expect((await fetch(`${url}/?wrong=1`)).status).toBe(500);
  });

  it('and one that exports no function says so at start-up', async () => {
    const { lines, ended } = launch(process.execPath, [path.join(folder, 'broken', 'index.js')], { http_port: '0' });
    expect(await ended).toBe(1);
    expect(lines).toMatchObject([
      { level: 'error', msg: expect.stringContaining('exports no function. It exports: default, greeting') },
    ]);
  });

  it('and a setting that cannot be read, too', async () => {
    const { lines, ended } = launch(process.execPath, [path.join(folder, 'node18', 'index.js')], {
      MAX_RAW_SIZE: 'big',
    });
    expect(await ended).toBe(1);
    expect(lines[0]?.msg).toContain('MAX_RAW_SIZE is "big": give a size');
  });
});

describe('the process', () => {
  it('outlives a stray rejection, and a warm-up that fails', async () => {
    const { url, lines, notes } = await run('modern');
    expect(await (await fetch(`${url}/stray`)).text()).toBe('done /stray');
    await eventually(() => lines.find(({ error }) => error?.message === 'nobody waits for this'));
    expect(await (await fetch(`${url}/next`)).text()).toBe('done /next');
    expect(notes()).toContain('warm');
    expect(lines.find(({ msg }) => msg.startsWith('warming up failed'))).toMatchObject({ level: 'warn' });
    expect(lines.every((line) => line.function === 'fixture-fn')).toBe(true);
  });

  it('answers what is in flight after an uncaught exception, then ends for a fresh one', async () => {
    const { url, ended, lines } = await run('modern');
    expect(await (await fetch(`${url}/uncaught?ms=150`)).text()).toBe('done /uncaught');
    expect(await ended).toBe(1);
    expect(lines.some(({ error }) => error?.message === 'out of nowhere')).toBe(true);
  });

  it('drains on SIGTERM: a grace, no new connections, what is in flight finished, the module closed', async () => {
    const { child, url, port, notes, ended, lines } = await run('modern', { drain_grace: '1s' });
    const slow = fetch(`${url}/slow?ms=2000`);
    await eventually(() => notes().includes('begun'));
    child.kill('SIGTERM');
    await eventually(() => lines.find(({ msg }) => msg === 'stopping: SIGTERM'));
    expect(await (await fetch(`${url}/in-grace`)).text()).toBe('done /in-grace');
    while (!(await refused(port))) await new Promise((resolve) => setTimeout(resolve, 20));
    expect(child.exitCode).toBeNull();
    expect(await (await slow).text()).toBe('done /slow');
    expect(await ended).toBe(0);
    expect(notes()).toContain('closed');
  });

  it('ends with status 1 when it has to cut work off', async () => {
    const { child, url, notes, ended } = await run('modern', { exec_timeout: '100ms' });
    const slow = fetch(`${url}/?ms=60000`).catch((error: Error) => error);
    await eventually(() => notes().includes('begun'));
    child.kill('SIGTERM');
    expect(await ended).toBe(1);
    expect(await slow).toBeInstanceOf(Error);
  });

  it('ends when the process that started it does', async () => {
    const { child, ended, notes } = await run('modern', { drain_grace: '1m' });
    child.disconnect();
    expect(await ended).toBe(0);
    expect(notes()).toContain('closed');
  });

  it('ends at once on a second Ctrl-C', async () => {
    const { child, lines, ended } = await run('modern', { drain_grace: '1m' });
    child.kill('SIGINT');
    await eventually(() => lines.find(({ msg }) => msg === 'stopping: SIGINT'));
    child.kill('SIGINT');
    expect(await ended).toBe(130);
  });
});

describe('the readiness file', () => {
  it('replaces a stale one, and is there from listening to draining, when suppress_lock says so', async () => {
    const own = path.join(folder, 'ready');
    await mkdir(own);
    const lock = path.join(own, '.lock');
    await writeFile(lock, 'stale');
    const { child, lines, ended } = await run('modern', { suppress_lock: 'true', TMPDIR: own, drain_grace: '100ms' });
    await eventually(() => lines.find(({ msg }) => msg === 'listening'));
    expect(readFileSync(lock, 'utf8')).toBe('');
    child.kill('SIGTERM');
    await eventually(() => !existsSync(lock));
    expect(await ended).toBe(0);
  });

  it('is left alone otherwise', async () => {
    await run('modern');
    expect(existsSync(path.join(folder, '.lock'))).toBe(false);
  });

  it('is done without where nothing can be written', async () => {
    const file = path.join(folder, 'no-folder');
    await writeFile(file, '');
    const { url, lines } = await run('modern', { suppress_lock: 'true', TMPDIR: path.join(file, 'sub') });
    expect((await fetch(url)).status).toBe(200);
    expect(lines.some(({ msg }) => msg === 'the readiness file could not be written')).toBe(true);
  });
});

/** The real thing, where it is at hand: OF_WATCHDOG, the PATH, or the folder that this project's tools go to. */
const watchdog = [
  process.env.OF_WATCHDOG,
  ...(process.env.PATH ?? '').split(':').flatMap((dir) => [`${dir}/of-watchdog`, `${dir}/fwatchdog`]),
].find((file) => file && existsSync(file));

describe.skipIf(!watchdog)('under a real of-watchdog (set OF_WATCHDOG to its path)', () => {
  it('is ready once it listens, serves, and drains without losing a request', async ({ skip }) => {
    skip(!(await refused(8081)), 'the port of its metrics, which cannot be changed, is taken');
    const own = path.join(folder, 'watchdog');
    await mkdir(own);
    await writeFile(path.join(own, '.lock'), 'stale');
    const [front, upstream] = [await freePort(), await freePort()];
    const { child, notes, ended, lines } = launch(watchdog ?? '', [], {
      mode: 'http',
      fprocess: `${process.execPath} ${path.join(folder, 'modern', 'index.js')}`,
      upstream_url: `http://127.0.0.1:${upstream}`,
      port: String(front),
      http_port: String(upstream),
      TMPDIR: own,
      suppress_lock: 'true',
      prefix_logs: 'false',
      healthcheck_interval: '500ms',
      drain_grace: '700ms',
      write_timeout: '5s',
    });
    const url = `http://127.0.0.1:${front}`;
    await eventually(() => lines.find(({ msg }) => msg === 'listening'));
    expect((await fetch(`${url}/_/health`)).status).toBe(200);
    const response = await fetch(`${url}/a?b=1`, { method: 'POST', body: 'x', headers: { 'x-call-id': 'c-9' } });
    expect([await response.text(), response.headers.get('x-call-id')]).toEqual(['done /a', 'c-9']);

    const slow = fetch(`${url}/slow?ms=1500`);
    await eventually(() => notes().filter((note) => note === 'begun').length === 2);
    child.kill('SIGTERM');
    await eventually(() => !existsSync(path.join(own, '.lock')));
    expect((await fetch(`${url}/_/health`)).status).toBe(503);
    expect(await (await fetch(`${url}/in-grace`)).text()).toBe('done /in-grace');
    expect(await (await slow).text()).toBe('done /slow');
    await ended;
  });
});
