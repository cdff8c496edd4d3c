import { createHash } from 'node:crypto';
import { unlink } from 'node:fs/promises';
import { connect, createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';

/** Longer names do not fit into a socket's address. */
const MAX_SOCKET_NAME = 100;

/**
 * Claims a folder for this process by listening on a local socket; the system takes the claim back however the
 * process ends. @returns how to give it back, or undefined when another process holds it
 */
export async function claimFolder(folder: string): Promise<(() => Promise<void>) | undefined> {
  const address = addressOf(path.resolve(folder));
  for (const last of [false, true]) {
    const server = await listen(address);
    if (server) return () => new Promise((resolve) => server.close(() => resolve()));
    if (last || process.platform === 'win32' || (await answers(address))) return undefined;
    // Its holder was killed: the name is left, and nobody listens.
    await unlink(address).catch(() => {});
  }
  return undefined;
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
