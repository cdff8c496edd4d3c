import { type ChildProcess, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));

export interface System {
  /** The gateway, such as `http://127.0.0.1:41234`. */
  url: string;
  gateway: ChildProcess;
  /** Basic auth for `/system/…`. */
  authorization: string;
  /** All it has printed so far. */
  output(): string;
  /** Ctrl-C; resolves with the exit code. */
  stop(): Promise<number | null>;
}

/**
 * Set: the tests are held against a gateway that runs already, such as OpenFaaS's own. GATEWAY_PASSWORD goes with it.
 */
export const { GATEWAY_URL } = process.env;

/** Starts the whole system as `npm start` does, on a free port. The bundles are made by build.setup.ts. */
export async function startSystem(env: Record<string, string> = {}, { metricsPort = 0 } = {}): Promise<System> {
  if (GATEWAY_URL) return runningSystem(GATEWAY_URL);
  const state = mkdtempSync(path.join(tmpdir(), 'obscura-test-'));
  const passwordFile = path.join(state, 'password');
  const password = randomBytes(12).toString('hex');
  writeFileSync(passwordFile, password);
  const gateway = spawn(
    process.execPath,
    ['--enable-source-maps', 'dist/gateway/index.js', '--port', '0', '--metrics-port', String(metricsPort)],
    {
      cwd: root,
      env: { ...process.env, GATEWAY_STATE: state, GATEWAY_PASSWORD_FILE: passwordFile, ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
    },
  );
  let printed = '';
  for (const stream of [gateway.stdout, gateway.stderr]) stream.on('data', (chunk) => (printed += chunk));
  const url = await waitFor(
    () => /http:\/\/127\.0\.0\.1:\d+(?=\/function\/frontend-fn)/.exec(printed)?.[0],
    gateway,
    () => printed,
  );
  return {
    url,
    gateway,
    authorization: basic(password),
    output: () => printed,
    stop: async () => {
      const exited = once(gateway, 'exit');
      if (gateway.exitCode === null) gateway.kill('SIGINT');
      else return gateway.exitCode;
      const [code] = await exited;
      rmSync(state, { recursive: true, force: true });
      return code;
    },
  };
}

const basic = (password: string): string => `Basic ${Buffer.from(`admin:${password}`).toString('base64')}`;

function runningSystem(url: string): System {
  const gateway = { pid: undefined, exitCode: null } as unknown as ChildProcess;
  const authorization = basic(process.env.GATEWAY_PASSWORD ?? '');
  return { url, gateway, authorization, output: () => '', stop: async () => 0 };
}

async function waitFor<T>(look: () => T | undefined, child: ChildProcess, printed: () => string): Promise<T> {
  for (let tries = 0; tries < 200; tries++) {
    const found = look();
    if (found !== undefined) return found;
    if (child.exitCode !== null) break;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  child.kill('SIGKILL');
  throw new Error(`the system did not start:\n${printed()}`);
}
