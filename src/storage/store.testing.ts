import { type ChildProcess, spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';

/*
 * A real S3 server for tests: versitygw, which checks signatures. Install it by `go install
 * github.com/versity/versitygw/cmd/versitygw@v1.8.0`; it is found on PATH or by VERSITYGW.
 */

export interface S3Server {
  /** For `STORE_URL`. */
  url: string;
  /** Credentials and other environment variables for a function. */
  env: Record<string, string>;
  stop(): void;
}

const BUCKET = 'obscura-test';

/** Starts a server on a free port; `undefined` if none is installed. */
export async function startS3(): Promise<S3Server | undefined> {
  const folder = mkdtempSync(path.join(tmpdir(), 'obscura-s3-'));
  mkdirSync(path.join(folder, 'data', BUCKET), { recursive: true });
  mkdirSync(path.join(folder, 'sidecar'));
  const port = await freePort();
  const env = { STORE_ACCESS_KEY: 'obscura-test', STORE_SECRET_KEY: 'only-for-this-test' };
  const server = spawn(
    process.env.VERSITYGW ?? 'versitygw',
    [
      ...['--access', env.STORE_ACCESS_KEY, '--secret', env.STORE_SECRET_KEY, '--port', `127.0.0.1:${port}`, '--quiet'],
      ...['posix', '--sidecar', path.join(folder, 'sidecar'), path.join(folder, 'data')],
    ],
    { stdio: 'ignore' },
  );
  const stop = (): void => {
    server.kill('SIGKILL');
    rmSync(folder, { recursive: true, force: true });
  };
  const endpoint = `http://127.0.0.1:${port}`;
  if (await answers(server, endpoint)) return { url: `s3://${BUCKET}/some/prefix?endpoint=${endpoint}`, env, stop };
  stop();
  return undefined;
}

/** Waits until the server answers; `false` if it exits or does not answer in time. */
async function answers(server: ChildProcess, endpoint: string): Promise<boolean> {
  let ended = false;
  for (const event of ['error', 'exit']) server.once(event, () => (ended = true));
  for (let tries = 0; tries < 100 && !ended; tries++) {
    const response = await fetch(endpoint).catch(() => undefined);
    if (response) return true;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  return false;
}

/** A free port. */
export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  const { port } = server.address() as { port: number };
  await new Promise((resolve) => server.close(resolve));
  return port;
}
