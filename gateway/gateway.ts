import { existsSync } from 'node:fs';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import path from 'node:path';
import { basicAuth, readPassword } from './auth.ts';
import type { Config } from './config.ts';
import { functionEnvironment, overruledNames } from './environment.ts';
import { Front } from './front.ts';
import type { Log } from './log.ts';
import { LogBook } from './log-book.ts';
import { createMetricsServer, Metrics } from './metrics.ts';
import { ReplicaPool } from './pool.ts';
import { type Deployed, Registry } from './registry.ts';
import { Replica, StartFailure } from './replica.ts';
import { readSettings } from './settings.ts';
import { type FunctionSpec, readStack } from './stack.ts';

/** The function whose page people open. */
export const PAGE = 'frontend-fn';

/** How long a function may take to end once it has nothing left to do. */
const STOP_GRACE_MS = 5000;

export interface Gateway {
  url: string;
  metricsUrl: string | undefined;
  functions: Deployed[];
  /** Lets calls in flight finish (bounded), then ends every function. */
  stop(): Promise<void>;
  /** Ends every function at once. */
  kill(): void;
}

/** The gateway cannot start; the message is for the operator. */
export class StartError extends Error {}

/** Reads the stack file and serves its functions. @throws StackError, StartError or an Error, each with a sentence */
export async function startGateway(
  config: Config,
  surroundings: { env: NodeJS.ProcessEnv; log: Log; version: string },
): Promise<Gateway> {
  const { log, env, version } = surroundings;
  const specs = readStack(config.stackFile, { ...env, SCALE_TO_ZERO: 'true' });
  const registry = new Registry();
  const logBook = new LogBook();
  const metrics = new Metrics();
  const stopping = new AbortController();
  const allows = basicAuth(readPassword(config.passwordFile, { create: !config.passwordFileGiven }));
  const front = new Front({
    registry,
    metrics,
    log,
    page: PAGE,
    proxy: { upstreamTimeout: config.upstreamTimeout, servedBy: `obscura-gateway/${version}`, log },
    system: {
      registry,
      logBook,
      version,
      allows,
      invocations: (name) => metrics.invocations(name),
      stopping: stopping.signal,
    },
  });
  let url = '';
  for (const spec of specs) registry.add(deploy(spec, config, { env, log, logBook, url: () => url }));
  url = await listen(front.server, config.host, config.port);
  const metricsServer = createMetricsServer(() => metrics.render(registry.available()));
  const metricsUrl = await listenForMetrics(metricsServer, config, log);
  const stop = async () => {
    stopping.abort();
    await front.drain(config.drainTimeout);
    await registry.stop();
    metricsServer.close();
    metricsServer.closeAllConnections();
  };
  return { url, metricsUrl, functions: registry.all(), stop, kill: () => registry.kill() };
}

function deploy(
  spec: FunctionSpec,
  config: Config,
  own: { env: NodeJS.ProcessEnv; log: Log; logBook: LogBook; url: () => string },
): Deployed {
  const { name } = spec;
  const settings = readSettings(spec, config.idle);
  for (const variable of overruledNames(spec, own.env)) {
    own.log.warn(
      `${variable} is set in stack.yml for ${name}, which wins; write \${${variable}:-…} there to change it from outside`,
    );
  }
  const entry = path.join(config.bundles, name, 'index.js');
  const launch = () => {
    if (!existsSync(entry)) throw new StartFailure('is not built: run npm run build');
    return new Replica({
      name,
      entry,
      folder: path.dirname(config.stackFile),
      env: functionEnvironment(spec, own.env, own.url()),
      startTimeout: config.startTimeout,
      stopGrace: STOP_GRACE_MS,
      onLine: (instance, line) => {
        own.logBook.append(name, instance, line);
        own.log.output(name, line);
      },
    });
  };
  return { spec, settings, createdAt: new Date(), upstream: new ReplicaPool({ name, settings, launch, log: own.log }) };
}

/** @returns the address that callers on this machine use */
function listen(server: Server, host: string, port: number): Promise<string> {
  return new Promise((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => reject(new StartError(listenComplaint(error, host, port))));
    server.listen(port, host, () => {
      const everywhere = ['0.0.0.0', '::'].includes(host);
      const shown = everywhere ? '127.0.0.1' : host.includes(':') ? `[${host}]` : host;
      resolve(`http://${shown}:${(server.address() as AddressInfo).port}`);
    });
  });
}

function listenComplaint(error: NodeJS.ErrnoException, host: string, port: number): string {
  if (error.code === 'EADDRINUSE') {
    return `Port ${port} is taken by another program. Stop that one, or choose another port: npm start -- --port 0`;
  }
  if (error.code === 'EACCES') return `This user may not listen on port ${port}; choose one above 1023 with --port.`;
  return `Cannot listen on ${host} port ${port} (${error.code ?? error.message}).`;
}

/** Metrics are no reason not to start. */
async function listenForMetrics(server: Server, config: Config, log: Log): Promise<string | undefined> {
  try {
    return `${await listen(server, config.host, config.metricsPort)}/metrics`;
  } catch {
    log.warn(`Port ${config.metricsPort} is taken, so there are no metrics; choose another port with --metrics-port`);
    return undefined;
  }
}
