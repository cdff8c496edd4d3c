/** Helpers for the tests of the runtime. */
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { createLog } from './log.ts';
import { loadModule } from './module.ts';
import { type RunningServer, startServer } from './server.ts';
import { readSettings } from './settings.ts';

export interface LogLine {
  level: string;
  msg: string;
  status?: number;
  callId?: string;
  error?: { message: string; stack?: string };
  [field: string]: unknown;
}

export interface Started extends RunningServer, AsyncDisposable {
  lines: LogLine[];
  /** Waits for a line with this message. */
  logged(msg: string): Promise<LogLine>;
}

/** Serves a module in this process on a free port. */
export async function start(module: unknown, env: Record<string, string> = {}): Promise<Started> {
  const lines: LogLine[] = [];
  const log = createLog('test-fn', (line) => lines.push(JSON.parse(line)));
  const server = await startServer(loadModule(module), readSettings({ http_port: '0', ...env }), log);
  return {
    ...server,
    lines,
    logged: (msg) => eventually(() => lines.find((line) => line.msg === msg)),
    [Symbol.asyncDispose]: async () => void (await server.stop(0)),
  };
}

/** Polls until `look` finds something. */
export async function eventually<T>(look: () => T | undefined | false, ms = 10_000): Promise<T> {
  for (const deadline = Date.now() + ms; Date.now() < deadline; ) {
    const found = look();
    if (found) return found;
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
  throw new Error(`nothing was found within ${ms} ms: ${look}`);
}

/** Sends raw bytes and resolves with everything received until the connection ended. */
export function raw(port: number, text: string, { ms = 10_000 } = {}): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect(port, '127.0.0.1', () => socket.write(text));
    const chunks: Buffer[] = [];
    socket.setTimeout(ms, () => socket.destroy(new Error(`no end after ${ms} ms`)));
    socket.on('data', (chunk) => chunks.push(chunk)).on('error', reject);
    socket.on('close', () => resolve(Buffer.concat(chunks).toString()));
  });
}

/** A connection whose reads and writes the test controls. */
export async function open(port: number, text: string): Promise<{ socket: Socket; received: () => string }> {
  const socket = connect(port, '127.0.0.1');
  await once(socket, 'connect');
  const chunks: Buffer[] = [];
  socket.on('data', (chunk) => chunks.push(chunk)).on('error', () => {});
  socket.write(text);
  return { socket, received: () => Buffer.concat(chunks).toString() };
}
