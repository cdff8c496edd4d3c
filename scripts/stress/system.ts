import { randomBytes } from 'node:crypto';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { ROOT, startGateway } from '../system/start.mjs';

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
