import path from 'node:path';
import { setDefaultHighWaterMark } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { holdBuild } from '#kit/hold-build';
import packageJson from '../package.json' with { type: 'json' };
import { USER } from './api/auth.ts';
import { banner } from './banner.ts';
import { type CommandLine, HELP, readConfig, UsageError } from './config.ts';
import { EdgeError, type EdgeProcess, startEdge } from './edge-process.ts';
import { type Gateway, PAGE, StartError, startGateway } from './gateway.ts';
import { createJsonLog, createLog, type Log } from './log.ts';
import { StackError } from './stack/stack.ts';

/** What Node 22 has by itself; with the 16 KiB of Node 20 large bodies cost a tenth more. */
const STREAM_BUFFER_BYTES = 64 * 1024;

/** A second signal within this time is the same Ctrl-C, passed on once more by npm. */
const SAME_SIGNAL_MS = 500;

async function main(): Promise<void> {
  const config = readConfig(process.argv.slice(2), process.env);
  if (!config) {
    process.stdout.write(HELP);
    return;
  }
  const { version } = packageJson;
  setDefaultHighWaterMark(false, STREAM_BUFFER_BYTES);
  // Whoever reads our output may end before us.
  for (const stream of [process.stdout, process.stderr]) stream.on('error', () => {});
  const write = (line: string) => process.stdout.write(`${line}\n`);
  const pretty = config.log === 'pretty';
  const log = pretty ? createLog(write, { colour: process.stdout.isTTY === true }) : createJsonLog(write);
  for (const folder of new Set([fileURLToPath(new URL('..', import.meta.url)), config.bundles])) {
    holdBuild(path.resolve(folder));
  }
  const gateway = await startGateway(config, { env: config.env, log, version });
  const edge = config.grpc ? await edgeOf(config, gateway, log) : undefined;
  stopOnSignals(gateway, edge, log);
  if (!pretty && gateway.newPassword) log.info(`the password of the system API is in ${config.passwordFile}`);
  if (pretty) write(welcome(config, gateway, edge));
  else log.info(`Obscura ${version} is running at ${gateway.url}`);
}

function edgeOf({ bundles, env, host }: CommandLine, { url }: Gateway, log: Log): Promise<EdgeProcess> {
  return startEdge(bundles, ['--gateway', url, '--host', env.GRPC_HOST || host], { env, log });
}

function welcome(config: CommandLine, gateway: Gateway, edge: EdgeProcess | undefined): string {
  return banner({
    version: packageJson.version,
    url: gateway.url,
    metricsUrl: gateway.metricsUrl,
    grpc: edge?.address,
    functions: gateway.functions,
    page: PAGE,
    model: gateway.model,
    passwordFile: shortest(config.passwordFile),
    newPassword: gateway.newPassword,
    user: USER,
  });
}

function shortest(file: string): string {
  const relative = path.relative(process.cwd(), file);
  return relative.length < file.length ? relative : file;
}

/** The first signal lets calls finish; the second ends everything at once. However it ends, no function stays. */
function stopOnSignals(gateway: Gateway, edge: EdgeProcess | undefined, log: Log): void {
  process.once('exit', () => {
    edge?.kill();
    gateway.kill();
  });
  let stoppingSince = 0;
  const onSignal = () => {
    if (stoppingSince === 0) {
      stoppingSince = performance.now();
      log.info('stopping: calls in flight may finish; once more to stop at once');
      // The edge's calls need the gateway to the end.
      const stopped = Promise.resolve(edge?.stop()).then(() => gateway.stop());
      void stopped.then(
        () => process.exit(0),
        () => process.exit(1),
      );
    } else if (performance.now() - stoppingSince > SAME_SIGNAL_MS) process.exit(130);
  };
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, onSignal);
}

main().catch((error: unknown) => {
  const expected = [UsageError, StackError, StartError, EdgeError].some((kind) => error instanceof kind);
  const text = error instanceof Error ? (expected ? error.message : (error.stack ?? error.message)) : String(error);
  process.stderr.write(`${text}\n`);
  process.exitCode = error instanceof UsageError ? 2 : 1;
  // Something may still listen.
  process.exit();
});
