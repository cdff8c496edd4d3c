import { randomBytes } from 'node:crypto';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { ROOT, startGateway } from '../system/start.mjs';

/** A running system for a load test, with a folder of its own. */
export interface System {
  url: string;
  pid: number;
  /** State, store and temporary files. */
  folder: string;
  /** Bytes logged so far. */
  logged(): number;
  /** The end of its log. */
  lastLines(): string;
  /** Available processes by function. */
  replicas(): Promise<Record<string, number>>;
  /** Stops it as Ctrl-C does; with `keep` the folder stays. */
  stop(keep?: 'keep'): Promise<void>;
  /** Kills it; the folder stays. */
  kill(): Promise<void>;
}

export interface SystemRules {
  env?: Record<string, string>;
  /** The folder of an earlier system, to continue with. */
  folder?: string;
  /** The port of an earlier system. */
  port?: number;
  /** A stack file other than the repository's. */
  stack?: string;
}

/** Characters of the log that are kept. */
const KEPT_LOG = 16_384;

/**
 * Starts the gateway from `dist` with all functions, on a free port.
 * @throws Error with its output if it does not start
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
  const { url, child, bytes, printed, stop } = await startGateway({
    args: ['--port', String(port), '--log', 'json', '--stack', stack],
    env: {
      ...{ GATEWAY_STATE: path.join(folder, 'state'), GATEWAY_PASSWORD_FILE: passwordFile },
      ...{ STORE_URL: `file:${path.join(folder, 'store')}`, TMPDIR: temporary },
      ...env,
    },
    keep: KEPT_LOG,
  });
  const authorization = `Basic ${Buffer.from(`admin:${password}`).toString('base64')}`;
  return {
    url,
    pid: child.pid as number,
    folder,
    logged: bytes,
    lastLines: printed,
    replicas: () => replicasOf(url, authorization),
    stop: async (keep) => {
      await stop();
      if (keep === undefined) rmSync(folder, { recursive: true, force: true });
    },
    kill: async () => void (await stop('SIGKILL')),
  };
}

async function replicasOf(url: string, authorization: string): Promise<Record<string, number>> {
  const response = await fetch(`${url}/system/functions`, { headers: { authorization } });
  const functions = (await response.json()) as { name: string; replicas?: number }[];
  return Object.fromEntries(functions.flatMap(({ name, replicas }) => (replicas ? [[name, replicas]] : [])));
}
