import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));

export interface System {
  /** The gateway, such as `http://127.0.0.1:41234`. */
  url: string;
  gateway: ChildProcess;
  /** All it has printed so far. */
  output(): string;
  /** Ctrl-C; resolves with the exit code. */
  stop(): Promise<number | null>;
}

/** Starts the whole system as `npm start` does, on a free port. The bundles are made by build.setup.ts. */
export async function startSystem(env: Record<string, string> = {}): Promise<System> {
  const state = mkdtempSync(path.join(tmpdir(), 'obscura-test-'));
  const gateway = spawn(
    process.execPath,
    ['--enable-source-maps', 'dist/gateway/index.js', '--port', '0', '--metrics-port', '0'],
    {
      cwd: root,
      env: { ...process.env, GATEWAY_PASSWORD_FILE: path.join(state, 'password'), ...env },
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
