import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import path from 'node:path';

/** A service that the system needs; it can be killed and restarted at the same address. */
export interface Service {
  url: string;
  env: Record<string, string>;
  /** Resolves when it accepts connections. */
  start(): Promise<void>;
  /** As `kill -9`. */
  kill(): Promise<void>;
}

/** Redis on a free port, with its data in memory; undefined if not installed. */
export async function redisService(): Promise<Service | undefined> {
  const port = await freePort();
  const command = ['redis-server', '--port', String(port), '--bind', '127.0.0.1', '--save', '', '--appendonly', 'no'];
  const url = `redis://127.0.0.1:${port}`;
  return started({ command, port, url, env: { CACHE_URL: url } });
}

const BUCKET = 'chaos';

/**
 * An S3 server (versitygw, on PATH or named by VERSITYGW) with its objects in a folder; undefined
 * if not installed.
 */
export async function s3Service(folder: string): Promise<Service | undefined> {
  const port = await freePort();
  mkdirSync(path.join(folder, 'data', BUCKET), { recursive: true });
  mkdirSync(path.join(folder, 'sidecar'), { recursive: true });
  const keys = { STORE_ACCESS_KEY: 'chaos', STORE_SECRET_KEY: 'only-for-this-run' };
  const command = [
    ...[process.env.VERSITYGW ?? 'versitygw', '--access', keys.STORE_ACCESS_KEY, '--secret', keys.STORE_SECRET_KEY],
    ...['--port', `127.0.0.1:${port}`, '--quiet', 'posix'],
    ...['--sidecar', path.join(folder, 'sidecar'), path.join(folder, 'data')],
  ];
  const url = `s3://${BUCKET}?endpoint=http://127.0.0.1:${port}`;
  return started({ command, port, url, env: { STORE_URL: url, ...keys } });
}

/** A small file system at a folder, to be filled; undefined if this user may not mount one. */
export function smallDisk(folder: string, mib: number): { remove(): void } | undefined {
  mkdirSync(folder, { recursive: true });
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${mib}m`, 'tmpfs', folder], { stdio: 'ignore' });
  } catch {
    return undefined;
  }
  return { remove: () => execFileSync('umount', ['--lazy', folder], { stdio: 'ignore' }) };
}

interface Rules {
  command: string[];
  port: number;
  url: string;
  env: Record<string, string>;
}

async function started({ command: [program = '', ...rest], port, url, env }: Rules): Promise<Service | undefined> {
  let child: ChildProcess | undefined;
  const service: Service = {
    url,
    env,
    start: async () => {
      child = spawn(program, rest, { stdio: 'ignore' });
      const failed = once(child, 'error').then(([error]) => Promise.reject(error));
      await Promise.race([listening(port), failed]);
      failed.catch(() => undefined);
    },
    kill: async () => {
      if (!child || child.exitCode !== null || child.signalCode !== null) return;
      const exit = once(child, 'exit');
      child.kill('SIGKILL');
      await exit;
    },
  };
  try {
    await service.start();
    return service;
  } catch {
    return undefined;
  }
}

async function listening(port: number): Promise<void> {
  for (let tries = 0; tries < 100; tries++) {
    const socket = connect(port, '127.0.0.1');
    const there = await Promise.race([
      once(socket, 'connect').then(() => true),
      once(socket, 'error').then(() => false),
    ]).catch(() => false);
    socket.destroy();
    if (there) return;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  throw new Error(`nobody listens on port ${port}`);
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as { port: number };
  server.close();
  await once(server, 'close');
  return port;
}
