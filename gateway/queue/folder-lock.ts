import { createHash } from 'node:crypto';
import { unlink } from 'node:fs/promises';
import { connect, createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

/** Longest path that fits into a socket's address. */
const MAX_SOCKET_NAME = 100;

/**
 * Locks a folder for this process by listening on a local socket; the system releases the lock however the process
 * ends. @returns releases it; undefined if another process holds it
 */
export async function claimFolder(folder: string): Promise<(() => Promise<void>) | undefined> {
  const address = addressOf(path.resolve(folder));
  const first = await listen(address);
  if (first) return closing(first);
  if (process.platform === 'win32' || (await answers(address))) return undefined;
  // Its holder was killed: the name is left, and nobody listens. Only one process may take it over at a time, or the
  // second would remove the name that the first has just created.
  return alone(address, async () => {
    if (await answers(address)) return undefined;
    await unlink(address).catch(() => {});
    const server = await listen(address);
    return server && closing(server);
  });
}

function closing(server: Server): () => Promise<void> {
  return () => new Promise((resolve) => server.close(() => resolve()));
}

const TURN_MS = 20;

/** Serialises processes, where the system has names that vanish with their process (Linux's abstract sockets). */
async function alone<T>(address: string, work: () => Promise<T>): Promise<T> {
  if (process.platform !== 'linux') return work();
  const name = `\0obscura-${createHash('sha256').update(address).digest('hex').slice(0, 24)}`;
  let turn = await listen(name);
  for (; !turn; turn = await listen(name)) await sleep(TURN_MS);
  try {
    return await work();
  } finally {
    await closing(turn)();
  }
}

function addressOf(folder: string): string {
  const hash = createHash('sha256').update(folder).digest('hex').slice(0, 24);
  if (process.platform === 'win32') return `\\\\.\\pipe\\obscura-${hash}`;
  const beside = path.join(folder, 'lock');
  return Buffer.byteLength(beside) <= MAX_SOCKET_NAME ? beside : path.join(tmpdir(), `obscura-${hash}.lock`);
}

function listen(address: string): Promise<Server | undefined> {
  return new Promise((resolve, reject) => {
    const server = createServer((socket) => socket.destroy());
    server.once('error', (error: NodeJS.ErrnoException) => {
      if (error.code === 'EADDRINUSE') resolve(undefined);
      else reject(error);
    });
    server.listen(address, () => resolve(server.unref()));
  });
}

function answers(address: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(address, () => {
      socket.destroy();
      resolve(true);
    });
    socket.once('error', () => resolve(false));
  });
}
