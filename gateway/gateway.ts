import { rmSync } from 'node:fs';
import type { IncomingHttpHeaders, Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import path from 'node:path';
import { ApiDocs } from '#http/api-docs';
import { addressCheck } from '#http/networks';
import { publicOrigin } from '#kit/public-origin';
import { basicAuth, readPassword } from './api/auth.ts';
import { Deployer } from './api/deployment.ts';
import { LogBook } from './api/log-book.ts';
import { createMetricsServer, Metrics } from './api/metrics.ts';
import { type ErrorEntry, keepErrors, Rates } from './api/recent.ts';
import { Secrets } from './api/secrets.ts';
import type { Config } from './config.ts';
import { ClientRate } from './http/client-rate.ts';
import { DOCS } from './http/route.ts';
import type { Log } from './log.ts';
import { modelInUse } from './model-title.ts';
import { type Deployed, Registry } from './pool/registry.ts';
import { AsyncQueue } from './queue/async-queue.ts';
import { GatewayServer, type GatewayServerOptions } from './server.ts';
import { emptySpec, type FunctionSpec, readStack } from './stack/stack.ts';
import { factsOf, type StatusFacts } from './ui/status-facts.ts';
import { statusLinks } from './ui/status-links.ts';

/** The function whose page people open. */
export const PAGE = 'frontend-fn';

/** The gateway ends a queued call itself; this is for when it does not. */
const CALL_SLACK_MS = 10_000;

export interface Gateway {
  url: string;
  metricsUrl: string | undefined;
  functions: Deployed[];
  /** The title of what clip-fn answers with. */
  model: string | undefined;
  /** The password of the system API, when it was made at this start. */
  newPassword: string | undefined;
  /** Lets calls in flight finish (bounded), then ends every function. */
  stop(): Promise<void>;
  /** Ends every function at once. */
  kill(): void;
}

/** What a gateway is given. */
interface Dependencies {
  env: NodeJS.ProcessEnv;
  log: Log;
  version: string;
}

/** What its parts share. */
interface GatewayContext extends Dependencies {
  config: Config;
  registry: Registry;
  metrics: Metrics;
  logBook: LogBook;
  recentErrors: () => ErrorEntry[];
  /** Its address, once it listens. */
  url: () => string;
  metricsUrl: () => string | undefined;
}

/** All that answering needs. */
interface ServedContext extends GatewayContext {
  password: string;
  deployer: Deployer;
  queue: AsyncQueue | undefined;
  rates: Rates;
  stopping: AbortSignal;
}

/** The gateway cannot start; the message is for the operator. */
export class StartError extends Error {}

/** Reads the stack file and serves its functions. @throws StackError, StartError or an Error, each with a sentence */
export async function startGateway(config: Config, dependencies: Dependencies): Promise<Gateway> {
  const addresses: Addresses = { url: '', metricsUrl: undefined };
  const context = contextOf(config, dependencies, addresses);
  const { registry, metrics, log } = context;
  const deployer = deployStack(context);
  const queue = await openQueue(context);
  const rates = new Rates(() => metrics.starts());
  const stopping = new AbortController();
  const { password, isNew } = readPassword(config.passwordFile, { create: !config.passwordFileGiven });
  const gatewayServer = new GatewayServer(
    serverOptions({ ...context, password, deployer, queue, rates, stopping: stopping.signal }),
  );
  try {
    addresses.url = await listen(gatewayServer.server, config.host, config.port);
  } catch (error) {
    // A password is shown once, so one that nobody saw is not kept.
    if (isNew) rmSync(config.passwordFile);
    await queue?.stop();
    throw error;
  }
  const metricsServer = createMetricsServer(() => metrics.render(registry.available(), queue), config.origins);
  addresses.metricsUrl = await listenForMetrics(metricsServer, config, log);
  queue?.start();
  const stop = async () => {
    stopping.abort();
    queue?.pause();
    await gatewayServer.drain(config.drainTimeout);
    rates.stop();
    await queue?.stop();
    await registry.stop();
    metricsServer.close();
    metricsServer.closeAllConnections();
  };
  const newPassword = isNew ? password : undefined;
  const model = modelOf(context);
  return { ...addresses, functions: registry.all(), model, newPassword, stop, kill: () => registry.kill() };
}

/** Where the gateway answers, once it listens. */
interface Addresses {
  url: string;
  metricsUrl: string | undefined;
}

function contextOf(config: Config, dependencies: Dependencies, addresses: Addresses): GatewayContext {
  return {
    ...dependencies,
    ...keepErrors(dependencies.log),
    config,
    registry: new Registry(),
    metrics: new Metrics(),
    logBook: new LogBook(),
    url: () => addresses.url,
    metricsUrl: () => addresses.metricsUrl,
  };
}

function deployStack(context: GatewayContext): Deployer {
  const { config, env, registry } = context;
  const specs = readStack(config.stackFile, { ...env, SCALE_TO_ZERO: 'true' });
  const deployer = new Deployer({ ...context, secretsFolder: secretsFolder(config), specs });
  for (const spec of withRemote(specs, config)) registry.add(deployer.fromStack(spec));
  return deployer;
}

function secretsFolder({ stateFolder }: Config): string {
  return path.join(stateFolder, 'secrets');
}

function serverOptions(context: ServedContext): GatewayServerOptions {
  const { config, metrics, registry, log, version, queue, password } = context;
  const servedBy = `obscura-gateway/${version}`;
  const invocations = (name: string) => metrics.invocations(name);
  const allows = basicAuth(password);
  return {
    registry,
    metrics,
    log,
    page: PAGE,
    docs: new ApiDocs({
      folder: config.docs,
      base: DOCS,
      links: [
        ['Obscura', '/'],
        ['Status', '/ui/'],
      ],
      serves: (name) => registry.get(name) !== undefined,
    }),
    origins: config.origins,
    proxy: { upstreamTimeout: config.upstreamTimeout, uploadRate: config.uploadRate, servedBy, log },
    async: {
      queue,
      servedBy,
      log,
      allowAddress: addressCheck(config.callbackNetworks),
      uploadRate: config.uploadRate,
    },
    clientRate: config.clientRate > 0 ? new ClientRate(config.clientRate) : undefined,
    system: { ...context, secrets: new Secrets(secretsFolder(config)), allows, invocations },
    status: (headers) => statusFacts(context, headers),
  };
}

/** What `/ui/` shows now, to somebody who asked with these headers. */
async function statusFacts(
  { version, registry, metrics, rates, queue, recentErrors, metricsUrl, ...context }: ServedContext,
  headers: IncomingHttpHeaders,
): Promise<StatusFacts> {
  const counters = {
    calls: (name: string) => metrics.invocations(name),
    perSecond: (name: string) => rates.perSecond(name),
    recent: (name: string) => metrics.recent.summary(name),
  };
  const all = registry.all();
  const names = all.map(({ spec }) => spec.name);
  return {
    version,
    uptime: process.uptime(),
    functions: await Promise.all(all.map((deployed) => factsOf(deployed, counters))),
    recent: metrics.recent.summary(...names),
    history: rates.history(),
    queue,
    ownMemory: process.memoryUsage.rss(),
    model: modelOf({ registry, ...context }),
    recentErrors: recentErrors(),
    links: statusLinks(names, publicOrigin(headers), metricsUrl()),
  };
}

function modelOf({ registry, config, env }: Pick<GatewayContext, 'registry' | 'config' | 'env'>): string | undefined {
  const specs = registry.all().map(({ spec }) => spec);
  return modelInUse(specs, path.dirname(config.stackFile), env);
}

/** Functions of other hosts need no entry in the stack file. */
function withRemote(specs: FunctionSpec[], { remote }: Config): FunctionSpec[] {
  const missing = [...remote.keys()].filter((name) => !specs.some((spec) => spec.name === name));
  return [...specs, ...missing.map(emptySpec)];
}

async function openQueue({ config, registry, url, log }: GatewayContext): Promise<AsyncQueue | undefined> {
  const queue = await AsyncQueue.open({
    folder: path.join(config.stateFolder, 'queue'),
    ...config.queue,
    allowAddress: addressCheck(config.callbackNetworks),
    gatewayUrl: url,
    policyOf: (name) => registry.get(name)?.settings.retry,
    limitOf: (name) => {
      const { maxInflight = 0, maxReplicas = 1 } = registry.get(name)?.settings ?? {};
      return maxInflight > 0 ? maxInflight * Math.min(maxReplicas, config.maxReplicas) : Number.POSITIVE_INFINITY;
    },
    callTimeout: config.upstreamTimeout + CALL_SLACK_MS,
    log,
  });
  if (!queue) log.warn('another gateway has the queue of this folder, so this one queues nothing; set GATEWAY_STATE');
  return queue;
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
