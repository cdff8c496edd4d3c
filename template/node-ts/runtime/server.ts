import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Call, openCall } from './call.ts';
import type { Log } from './log.ts';
import { createMetrics } from './metrics.ts';
import type { Loaded } from './module.ts';
import { answerCall, type Dependencies } from './respond.ts';
import type { Settings } from './settings.ts';

/** A listening server for one handler. */
export interface RunningServer {
  readonly port: number;
  readonly url: string;
  /**
   * Accepts no new connections and waits for the requests in flight. After `limitMs` their signals are aborted, and
   * those that still run a moment later are disconnected.
   * @returns whether all of them were answered in time
   */
  stop(limitMs: number): Promise<boolean>;
}

/** Time for handlers to stop after their signals were aborted. */
const ABORT_GRACE_MS = 500;

const SERVER_OPTIONS = {
  // Slow uploads are limited by the watchdog's or the gateway's read_timeout.
  requestTimeout: 0,
  headersTimeout: 60_000,
  // Longer than any client's pool keeps a connection, or its next request might meet a closing one.
  keepAliveTimeout: 75_000,
  // Queries may contain long lists of labels.
  maxHeaderSize: 64 * 1024,
};

/**
 * Starts a server, independent of the process around it.
 * @throws Error if it cannot listen at `settings.host` and `settings.port`
 */
export async function startServer(module: Loaded, settings: Settings, log: Log): Promise<RunningServer> {
  const metrics = createMetrics();
  const around: Dependencies = { module, settings, metrics, log, stopping: false };
  const calls = new Set<Call>();
  const sockets = new Set<Socket>();
  const server = createServer(SERVER_OPTIONS);
  const take = (req: IncomingMessage, res: ServerResponse, expectsContinue: boolean) => {
    const call = openCall(req, res, { expectsContinue, metrics, log });
    calls.add(call);
    res.once('close', () => calls.delete(call));
    void answerCall(call, around);
  };
  server.on('request', (req, res) => take(req, res, false));
  server.on('checkContinue', (req, res) => take(req, res, true));
  server.on('connection', (socket: Socket) => {
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
  });
  server.listen(settings.port, settings.host);
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return {
    port,
    url: `http://${settings.host.includes(':') ? `[${settings.host}]` : settings.host}:${port}`,
    stop: async (limitMs) => {
      around.stopping = true;
      const finished = await stop(server, calls, sockets, limitMs);
      metrics.stop();
      return finished;
    },
  };
}

async function stop(server: Server, calls: Set<Call>, sockets: Set<Socket>, limitMs: number): Promise<boolean> {
  const closed = new Promise<true>((resolve) => server.close(() => resolve(true)));
  // Node counts a connection without a request as busy, and one with an answer in progress stays open.
  const busy = new Set([...calls].map(({ req }) => req.socket));
  for (const socket of sockets) if (!busy.has(socket)) socket.destroy();
  for (const { res } of calls) closeAfter(res);
  if (await within(limitMs, closed)) return true;
  for (const { abort } of calls) abort.abort();
  if (!(await within(ABORT_GRACE_MS, closed))) server.closeAllConnections();
  await closed;
  return false;
}

/** Answers that began before the stop announced keep-alive. */
function closeAfter(res: ServerResponse): void {
  const { socket } = res;
  res.once('finish', () => setImmediate(() => socket?.end()));
}

async function within(ms: number, done: Promise<true>): Promise<boolean> {
  const timer = new AbortController();
  const late = sleep(ms, false, { signal: timer.signal }).catch(() => false);
  const result = await Promise.race([done, late]);
  timer.abort();
  return result;
}
