import type { ChildProcess } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { startGateway } from '../scripts/system/start.mjs';

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
  const { url, child, printed, stop } = await startGateway({
    // Of several the last counts.
    args: ['--metrics-port', String(metricsPort)],
    env: { GATEWAY_STATE: state, GATEWAY_PASSWORD_FILE: passwordFile, ...env },
  });
  return {
    url,
    gateway: child,
    authorization: basic(password),
    output: printed,
    stop: async () => {
      const code = await stop();
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
