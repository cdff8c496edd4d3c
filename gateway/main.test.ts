import { type ChildProcess, spawn } from 'node:child_process';
import { copyFileSync, existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { arrivals, BUNDLES, call, isAlive, until } from './fixtures/gateway.ts';

const BUNDLE = fileURLToPath(new URL('../dist/gateway/index.js', import.meta.url));

let folder: string;
let running: ChildProcess | undefined;

beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'gateway main '));
  copyFileSync(path.join(BUNDLES, 'stack.yml'), path.join(folder, 'stack.yml'));
});

afterEach(() => {
  if (running?.exitCode === null) running.kill('SIGKILL');
  rmSync(folder, { recursive: true });
});

interface Run {
  child: ChildProcess;
  /** Everything it wrote so far. */
  out: () => string;
  code: Promise<number | null>;
}

function run(args: string[], env: NodeJS.ProcessEnv = {}): Run {
  const child = spawn(process.execPath, [BUNDLE, ...args], {
    cwd: folder,
    env: { PATH: process.env.PATH, GATEWAY_BUNDLES: BUNDLES, GATEWAY_METRICS_PORT: '0', ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  running = child;
  let text = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (chunk) => {
      text += chunk;
    });
  }
  return { child, out: () => text, code: new Promise((resolve) => child.once('exit', resolve)) };
}

async function serving(args: string[] = [], env: NodeJS.ProcessEnv = {}): Promise<Run & { url: string; pid: number }> {
  const started = run(['--port', '0', ...args], env);
  await until(() => /Ctrl-C/.test(started.out()));
  const url = /^http:\/\/127\.0\.0\.1:\d+$/m.exec(started.out())?.[0] ?? '';
  const { pid } = JSON.parse((await call(`${url}/function/echo-fn`)).text);
  return { ...started, url, pid };
}

describe('start', () => {
  it('says where it is, what it serves, how to log in and how to stop', async () => {
    const { out, url } = await serving();
    expect(out()).toContain('\n  echo-fn       /function/echo-fn       stops after 15 min\n');
    expect(out()).toMatch(/metrics +http:\/\/127\.0\.0\.1:\d+\/metrics/);
    expect(out()).toContain(`faas-cli login -g ${url} -u admin --password-stdin < .obscura/basic-auth-password`);
    expect(existsSync(path.join(folder, '.obscura/basic-auth-password'))).toBe(true);
  });

  it('shows the password that it makes, once, and keeps it', async () => {
    const first = await serving();
    const password = readFileSync(path.join(folder, '.obscura/basic-auth-password'), 'utf8');
    expect(first.out()).toContain(`password   ${password.trim()} (made now, kept in .obscura/basic-auth-password)`);
    first.child.kill('SIGTERM');
    await first.code;
    const { url, out } = await serving();
    expect(out()).not.toContain(password.trim());
    const authorization = `Basic ${Buffer.from(`admin:${password.trim()}`).toString('base64')}`;
    expect((await call(`${url}/system/info`, { headers: { authorization } })).status).toBe(200);
  });

  it.each([
    [['--prot', '1'], 2, 'There is no flag --prot. See --help.\n'],
    [['serve'], 2, '"serve" is not a flag. See --help.\n'],
    [['--port'], 2, '--port needs a value. See --help.\n'],
    [['--port', 'x'], 2, '--port is "x", not a port (0 to 65535).\n'],
    [['--idle', 'soon'], 2, '--idle is "soon", not a time such as 90s or 5m (at most 24 days).\n'],
    [
      ['--stack', 'none.yml'],
      1,
      expect.stringMatching(/none\.yml cannot be read; name another stack file with --stack\n$/),
    ],
    [['--help'], 0, expect.stringContaining('usage: npm start -- ')],
  ])('%j', async (args, code, text) => {
    const { out, code: ended } = run(args);
    expect(await ended).toBe(code);
    expect(out()).toEqual(text);
  });

  it('says in a sentence that the port is taken', async () => {
    const other = createServer().listen(0, '127.0.0.1');
    await new Promise((resolve) => other.once('listening', resolve));
    const { port } = other.address() as { port: number };
    const { out, code } = run([], { GATEWAY_PORT: String(port) });
    expect(await code).toBe(1);
    expect(out()).toBe(
      `Port ${port} is taken by another program. Stop that one, or choose another port: npm start -- --port 0\n`,
    );
    // Nobody has seen a password yet.
    expect(existsSync(path.join(folder, '.obscura/basic-auth-password'))).toBe(false);
    // Metrics are no reason not to start.
    const started = await serving(['--metrics-port', String(port)]);
    expect(started.out()).toContain(`Port ${port} is taken, so there are no metrics`);
    other.close();
  });

  it('says that stack.yml wins over a variable that the operator set', async () => {
    const { out, url } = await serving([], { PAGE_TITLE: 'typed', CLIP_LABELSET: 'cifar10', HOME: '/elsewhere' });
    expect(out()).toContain('PAGE_TITLE is set in stack.yml for echo-fn, which wins');
    expect(out()).not.toContain('CLIP_LABELSET');
    const environment = JSON.parse((await call(`${url}/function/echo-fn/environment`)).text);
    expect(environment).toMatchObject({ PAGE_TITLE: 'from the stack file', CLIP_LABELSET: 'cifar10' });
  });
});

describe('end', () => {
  it.each(['SIGINT', 'SIGTERM', 'SIGHUP'] as const)('%s: code 0 and no function left', async (signal) => {
    const { child, code, pid } = await serving();
    child.kill(signal);
    expect(await code).toBe(0);
    expect(isAlive(pid)).toBe(false);
  });

  it('Ctrl-C lets a call finish', async () => {
    const { child, code, url } = await serving();
    const { query, reach } = arrivals(folder);
    const slow = call(`${url}/function/echo-fn/slow?ms=600&${query}`);
    await reach(1);
    child.kill('SIGINT');
    // npm passes the same Ctrl-C on once more.
    child.kill('SIGINT');
    expect((await slow).status).toBe(200);
    expect(await code).toBe(0);
  });

  it('a second Ctrl-C does not wait, and still leaves no function', async () => {
    const { child, code, url, pid } = await serving();
    const { query, reach } = arrivals(folder);
    call(`${url}/function/echo-fn/hang?${query}`).catch(() => {});
    await reach(1);
    child.kill('SIGINT');
    await new Promise((resolve) => setTimeout(resolve, 600));
    expect(isAlive(pid)).toBe(true);
    child.kill('SIGINT');
    expect(await code).toBe(130);
    await until(() => !isAlive(pid));
  });

  it('killed with -9, in the middle of a call, it leaves no function', async () => {
    const { child, code, url, pid } = await serving();
    call(`${url}/function/echo-fn/hang`).catch(() => {});
    const stubborn = Number((await call(`${url}/function/stubborn-fn`)).text);
    child.kill('SIGKILL');
    await code;
    await until(() => !isAlive(pid) && !isAlive(stubborn));
  });
});
