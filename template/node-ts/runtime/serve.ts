/**
 * The process around a handler, called by the generated entry of every bundle. It runs below the OpenFaaS watchdog
 * (environment, readiness file, SIGTERM) or the embedded gateway (IPC channel).
 */
import { drainer } from './drain.ts';
import { createLog, type Log } from './log.ts';
import { type Loaded, loadModule } from './module.ts';
import { type ReadyFile, readyFile } from './ready.ts';
import { type RunningServer, startServer } from './server.ts';
import { functionNameOf, readSettings } from './settings.ts';

export type { RunningServer } from './server.ts';

/**
 * Serves a handler module until the process is stopped. An invalid module or setting ends the process with status 1 and
 * one log line that says why.
 * @param module the namespace of an ES module or the exports of a CommonJS module; or a promise of one
 */
export async function serve(module: unknown): Promise<RunningServer> {
  // The reader of our output may exit first; its closed pipe must not end us during a request.
  for (const stream of [process.stdout, process.stderr]) stream.on('error', () => {});
  const log = createLog(functionNameOf(process.env));
  try {
    return await start(module);
  } catch (error) {
    log('error', `the function could not start: ${error instanceof Error ? error.message : error}`);
    process.exit(1);
  }
}

async function start(module: unknown): Promise<RunningServer> {
  const settings = readSettings(process.env);
  const log = createLog(settings.functionName);
  const ready = readyFile(settings.lockFile, log);
  // A folder that outlives the container, such as an emptyDir, may contain the file of an earlier process.
  await ready.clear();
  const loaded = loadModule(await module);
  const server = await startServer(loaded, settings, log);
  untilStopped(drainer({ server, settings, log, ready, ...(loaded.close ? { close: loaded.close } : {}) }), log);
  await announce(server, ready, log);
  void warmUp(loaded, log);
  return server;
}

async function announce(server: RunningServer, ready: ReadyFile, log: Log): Promise<void> {
  await ready.set();
  if (process.connected) process.send?.({ type: 'ready', port: server.port }, () => {});
  log('info', 'listening', { port: server.port });
}

async function warmUp({ warm }: Loaded, log: Log): Promise<void> {
  try {
    await warm?.();
  } catch (error) {
    log('warn', 'warming up failed; the first request will try again', { error });
  }
}

function untilStopped(drain: ReturnType<typeof drainer>, log: Log): void {
  process.on('SIGTERM', () => drain('SIGTERM'));
  let interrupts = 0;
  process.on('SIGINT', () => {
    interrupts += 1;
    // A second Ctrl-C exits at once.
    if (interrupts > 1) process.exit(130);
    drain('SIGINT');
  });
  const orphaned = () => drain('the parent process ended', { graceMs: 0 });
  process.on('disconnect', orphaned);
  if (process.send && !process.connected) orphaned();
  // An unhandled rejection belongs to one request and must not end the others.
  process.on('unhandledRejection', (error) => log('error', 'a promise was rejected and nobody listened', { error }));
  // After an uncaught exception the state is unknown: finish requests in flight and let the platform restart us.
  process.on('uncaughtException', (error) => {
    log('error', 'an exception was thrown outside of any request', { error });
    drain('an uncaught exception', { graceMs: 0, exitCode: 1 });
  });
}
