import { type ChildProcess, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

/** The repository, seen from here and from the bundle in dist/scripts. */
export const ROOT = fileURLToPath(new URL('../../', import.meta.url));

/** A whole system that runs for a test of load, with a folder of its own for all that it writes. */
export interface System {
  url: string;
  pid: number;
  /** State, store and temporary files. */
  folder: string;
  /** Bytes the system has logged so far. */
  logged(): number;
  /** Its last lines, for when it has failed. */
  lastLines(): string;
  /** Functions → processes that take requests. */
  replicas(): Promise<Record<string, number>>;
  /** Ctrl-C; the folder stays when `keep` says so. */
  stop(keep?: 'keep'): Promise<void>;
  /** Ends it as a power cut would; the folder stays. */
  kill(): Promise<void>;
}

export interface SystemRules {
  env?: Record<string, string>;
  /** A folder of a system before, to go on in. */
  folder?: string;
  /** A port, so that clients find the next one where the one before was. */
  port?: number;
  /** Another stack file than the repository's. */
  stack?: string;
}

/** What is kept of the log for people. */
const KEPT_LOG = 16_384;

/**
 * Starts what `npm start` starts, from `dist`, on a free port.
 * @throws Error with its last words when it does not start
 */
export async function startSystem({
  env = {},
  folder = mkdtempSync(path.join(tmpdir(), 'obscura-load-')),
  port = 0,
  stack = path.join(ROOT, 'stack.yml'),
}: SystemRules = {}): Promise<System> {
  const temporary = path.join(folder, 'tmp');
  mkdirSync(temporary, { recursive: true });
  const password = randomBytes(12).toString('hex');
  const passwordFile = path.join(folder, 'password');
  writeFileSync(passwordFile, password, { mode: 0o600 });
  const gateway = spawn(
    process.execPath,
    [
      path.join(ROOT, 'dist/gateway/index.js'),
      '--port',
      String(port),
      '--metrics-port',
      '0',
      '--log',
      'json',
      '--stack',
      stack,
    ],
    {
      cwd: ROOT,
      env: {
        ...process.env,
        ...{ GATEWAY_STATE: path.join(folder, 'state'), GATEWAY_PASSWORD_FILE: passwordFile },
        ...{ STORE_URL: `file:${path.join(folder, 'store')}`, TMPDIR: temporary },
        ...env,
      },
      stdio: ['ignore', 'pipe', 'pipe'],
    },
  );
  const log = readLog(gateway);
  const url = await addressOf(gateway, log.last);
  const authorization = `Basic ${Buffer.from(`admin:${password}`).toString('base64')}`;
  return {
    url,
    pid: gateway.pid as number,
    folder,
    logged: log.bytes,
    lastLines: log.last,
    replicas: () => replicasOf(url, authorization),
    stop: async (keep) => {
      await ended(gateway, 'SIGINT');
      if (keep === undefined) rmSync(folder, { recursive: true, force: true });
    },
    kill: () => ended(gateway, 'SIGKILL'),
  };
}

function readLog(gateway: ChildProcess): { bytes: () => number; last: () => string } {
  let bytes = 0;
  let last = '';
  for (const stream of [gateway.stdout, gateway.stderr]) {
    stream?.on('data', (chunk: Buffer) => {
      bytes += chunk.length;
      last = (last + chunk).slice(-KEPT_LOG);
    });
  }
  return { bytes: () => bytes, last: () => last };
}

async function addressOf(gateway: ChildProcess, printed: () => string): Promise<string> {
  for (let tries = 0; tries < 400 && gateway.exitCode === null; tries++) {
    const url = /is running at (http:\/\/[\d.:]+)/.exec(printed())?.[1];
    if (url !== undefined) return url;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  gateway.kill('SIGKILL');
  throw new Error(`the system did not start; is it built (npm run build)?\n${printed()}`);
}

async function ended(gateway: ChildProcess, signal: 'SIGINT' | 'SIGKILL'): Promise<void> {
  if (gateway.exitCode !== null || gateway.signalCode !== null) return;
  const exit = once(gateway, 'exit');
  gateway.kill(signal);
  await exit;
}

async function replicasOf(url: string, authorization: string): Promise<Record<string, number>> {
  const response = await fetch(`${url}/system/functions`, { headers: { authorization } });
  const functions = (await response.json()) as { name: string; replicas?: number }[];
  return Object.fromEntries(functions.flatMap(({ name, replicas }) => (replicas ? [[name, replicas]] : [])));
}
