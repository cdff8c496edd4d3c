import { fileURLToPath } from 'node:url';
import { holdBuild } from '#kit/hold-build';
import { HELP, readConfig, UsageError } from './config.ts';
import { type Edge, startEdge } from './edge.ts';
import { createLog, type Log } from './log.ts';

async function main(): Promise<void> {
  const config = readConfig(process.argv.slice(2));
  if (!config) {
    process.stdout.write(HELP);
    return;
  }
  // The reader of our output may exit before us.
  process.stdout.on('error', () => {});
  const log = createLog((line) => process.stdout.write(line));
  holdBuild(fileURLToPath(new URL('..', import.meta.url)));
  const edge = await startEdge(config, log);
  log('info', config.tls ? 'listening (TLS)' : 'listening', { address: `${config.host}:${edge.port}` });
  log('info', 'metrics', { address: `http://${config.host}:${edge.metricsPort}/metrics` });
  stopOnSignals(edge, log);
  // A gateway that started us waits for this.
  process.send?.({ address: `${config.host}:${edge.port}` });
}

/** The first signal drains, the second exits at once. The exit of the gateway that started us also drains. */
function stopOnSignals(edge: Edge, log: Log): void {
  let stopping = false;
  const stop = () => {
    if (stopping) process.exit(130);
    stopping = true;
    log('info', 'stopping: calls in flight may finish');
    void edge.stop().then(() => process.exit(0));
  };
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, stop);
  process.on('disconnect', () => stopping || stop());
  // It may have exited while we started.
  if (process.connected === false) stop();
}

main().catch((error: unknown) => {
  const text = error instanceof Error ? error.message : String(error);
  process.stderr.write(`${text}\n`);
  process.exit(error instanceof UsageError ? 2 : 1);
});
