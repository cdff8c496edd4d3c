import { readFileSync, realpathSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs, parseEnv } from 'node:util';
import { addressCheck } from '#http/networks';
import { parseDuration } from '#kit/duration';
import { type OriginRules, originRules } from './http/cross-origin.ts';
import { LEAST_UPLOAD_RATE, type UploadRate } from './http/upload-rate.ts';
import type { Place } from './pool/remote.ts';
import type { Limits } from './queue/quota.ts';
import { isFunctionName } from './stack/names.ts';

/** How this gateway runs. Times in milliseconds. */
export interface Config {
  host: string;
  /** 0 picks a free one. */
  port: number;
  metricsPort: number;
  stackFile: string;
  /** Holds `<function>/index.js` for every function. */
  bundles: string;
  /** Holds the built page of the API. */
  docs: string;
  /** Holds what outlives the gateway: password, secrets, queue. */
  stateFolder: string;
  passwordFile: string;
  /** The operator named the password file, so it must exist. */
  passwordFileGiven: boolean;
  /** Idle time after which functions stop, instead of what stack.yml says; 0 is never. */
  idle: number | undefined;
  /** The most processes of one function that load starts. */
  maxReplicas: number;
  /** Less load for this long ends processes again. */
  scaleInAfter: number;
  /** Functions that run on other hosts. */
  remote: Map<string, Place[]>;
  queue: { limits: Limits; concurrency: number };
  /** Requests with a body that one client may send a minute; 0: any number. */
  clientRate: number;
  /** Which names this gateway has, and which pages may send it changes. */
  origins: OriginRules;
  /** Private networks that answers of queued calls may be posted to, such as `10.1.0.0/16`. */
  callbackNetworks: string;
  /** For a call as a whole. */
  upstreamTimeout: number;
  /** Bodies must not come more slowly. */
  uploadRate: UploadRate;
  /** For a function to take its first request. */
  startTimeout: number;
  /** For calls in flight when the gateway is told to stop. */
  drainTimeout: number;
}

const GIB = 1024 ** 3;

/** What was said at the start, besides how the gateway runs. */
export interface CommandLine extends Config {
  /** The environment, with what `--env-file` adds. */
  env: NodeJS.ProcessEnv;
  log: 'pretty' | 'json';
  /** The gRPC edge is started beside it. */
  grpc: boolean;
}

/** A wrong flag or variable, in a sentence. */
export class UsageError extends Error {}

export const HELP = `Obscura's gateway: serves the functions of a stack file on this machine.

usage: npm start -- [--port N] [--host ADDRESS] [--stack FILE] [--env-file FILE] [--idle TIME]
                       [--max-replicas N] [--metrics-port N] [--log FORMAT] [--grpc]

  --port N          port to listen on, 0 for any free one       GATEWAY_PORT            8080
  --host ADDRESS    address to listen on                        GATEWAY_HOST            127.0.0.1
  --stack FILE      the functions                               GATEWAY_STACK           stack.yml
  --env-file FILE   more variables, NAME=value a line; those
                    that are set already win
  --idle TIME       stop a function after this long without a   GATEWAY_IDLE            label, or 15m
                    request, such as 90s or 5m; 0 for never
  --max-replicas N  the most processes of one function that     GATEWAY_MAX_REPLICAS    the machine's cores
                    load starts; scale.max holds as well
  --metrics-port N  port of /metrics, 0 for any free one        GATEWAY_METRICS_PORT    8082
  --grpc            the gRPC edge too, on GRPC_PORT (50051)
  --log FORMAT      pretty, or json: one object a line          GATEWAY_LOG             pretty
  --bundles DIR     folder of the built functions               GATEWAY_BUNDLES         beside the gateway's own
  --help            this text

Also: GATEWAY_STATE (folder of password, secrets and queue; .obscura beside the stack file), GATEWAY_PASSWORD_FILE
(password of the /system API; one is made in the state folder without it), GATEWAY_UPSTREAM_TIMEOUT (a whole call,
60s), GATEWAY_REMOTE (functions on other hosts, name=http://host:port,…), GATEWAY_SCALE_IN_AFTER (30s),
GATEWAY_CLIENT_RATE (uploads of one client a minute, any number), GATEWAY_HOSTS (more names for Host),
GATEWAY_ORIGINS (pages that may send changes), GATEWAY_CALLBACK_NETWORKS (private receivers) and the limits of the
queue: GATEWAY_QUEUE_JOBS (10000), GATEWAY_QUEUE_BYTES (2147483648), GATEWAY_QUEUE_BODY_BYTES (67108864),
GATEWAY_QUEUE_CONCURRENCY (4 a core). More in docs/gateway.md.
`;

const FLAGS = ['port', 'host', 'stack', 'env-file', 'idle', 'max-replicas', 'metrics-port', 'log', 'bundles'] as const;
type Flag = (typeof FLAGS)[number];
type Flags = Partial<Record<Flag, string>> & { grpc?: boolean };

/** @returns undefined when help was asked for. @throws UsageError */
export function readConfig(args: string[], surrounding: NodeJS.ProcessEnv): CommandLine | undefined {
  const flags = readFlags(args);
  if (!flags) return undefined;
  const env = withEnvFile(flags['env-file'], surrounding);
  const given = (flag: Flag, fallback: string) =>
    flags[flag] ?? (env[`GATEWAY_${flag.replaceAll('-', '_').toUpperCase()}`] || fallback);
  const stackFile = path.resolve(given('stack', 'stack.yml'));
  const idle = given('idle', '');
  const cores = availableParallelism();
  const stateFolder = path.resolve(env.GATEWAY_STATE || path.join(path.dirname(stackFile), '.obscura'));
  return {
    env,
    log: logOf(given('log', 'pretty')),
    grpc: flags.grpc === true,
    host: given('host', '127.0.0.1'),
    port: portOf('--port', given('port', '8080')),
    metricsPort: portOf('--metrics-port', given('metrics-port', '8082')),
    stackFile,
    // The gateway's bundle is dist/gateway/index.js, a function's dist/<name>/index.js.
    bundles: realFolder(given('bundles', fileURLToPath(new URL('..', import.meta.url)))),
    docs: fileURLToPath(new URL('./docs/', import.meta.url)),
    stateFolder,
    passwordFile: env.GATEWAY_PASSWORD_FILE || path.join(stateFolder, 'basic-auth-password'),
    passwordFileGiven: Boolean(env.GATEWAY_PASSWORD_FILE),
    idle: idle === '' ? undefined : durationOf('--idle', idle),
    maxReplicas: countOf('--max-replicas', given('max-replicas', String(cores))),
    scaleInAfter: durationOf('GATEWAY_SCALE_IN_AFTER', env.GATEWAY_SCALE_IN_AFTER || '30s'),
    remote: remoteOf(env.GATEWAY_REMOTE ?? ''),
    origins: originRules(given('host', '127.0.0.1'), env.GATEWAY_HOSTS ?? '', env.GATEWAY_ORIGINS ?? ''),
    callbackNetworks: networksOf(env.GATEWAY_CALLBACK_NETWORKS ?? ''),
    clientRate: env.GATEWAY_CLIENT_RATE ? countOf('GATEWAY_CLIENT_RATE', env.GATEWAY_CLIENT_RATE) : 0,
    queue: queueOf(env, cores),
    upstreamTimeout: durationOf('GATEWAY_UPSTREAM_TIMEOUT', env.GATEWAY_UPSTREAM_TIMEOUT || '60s'),
    uploadRate: LEAST_UPLOAD_RATE,
    startTimeout: 10_000,
    drainTimeout: 10_000,
  };
}

function queueOf(env: NodeJS.ProcessEnv, cores: number): Config['queue'] {
  const count = (name: string, fallback: number) => countOf(name, env[name] || String(fallback));
  return {
    limits: {
      jobs: count('GATEWAY_QUEUE_JOBS', 10_000),
      bytes: count('GATEWAY_QUEUE_BYTES', 2 * GIB),
      body: count('GATEWAY_QUEUE_BODY_BYTES', GIB / 16),
    },
    concurrency: count('GATEWAY_QUEUE_CONCURRENCY', 4 * cores),
  };
}

function readFlags(args: string[]): Flags | undefined {
  try {
    const text = { type: 'string' } as const;
    const { values } = parseArgs({
      args,
      options: {
        port: text,
        host: text,
        stack: text,
        idle: text,
        'max-replicas': text,
        'env-file': text,
        log: text,
        'metrics-port': text,
        bundles: text,
        grpc: { type: 'boolean' },
        help: { type: 'boolean', short: 'h' },
      },
    });
    const { help, ...flags } = values;
    return help ? undefined : flags;
  } catch (error) {
    throw new UsageError(flagComplaint(error as Error & { code?: string }));
  }
}

function flagComplaint(error: Error & { code?: string }): string {
  const [, name = ''] = /'(-{0,2}[^'\s]+)/.exec(error.message) ?? [];
  if (error.code === 'ERR_PARSE_ARGS_UNKNOWN_OPTION') return `There is no flag ${name}. See --help.`;
  if (error.code === 'ERR_PARSE_ARGS_UNEXPECTED_POSITIONAL') return `"${name}" is not a flag. See --help.`;
  return `${name} needs a value. See --help.`;
}

/** Behind a link, which may lead elsewhere later (scripts/dist.mjs). */
function realFolder(folder: string): string {
  try {
    return realpathSync(folder);
  } catch {
    return path.resolve(folder);
  }
}

function withEnvFile(file: string | undefined, env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  if (file === undefined) return env;
  try {
    return { ...parseEnv(readFileSync(file, 'utf8')), ...env };
  } catch {
    throw new UsageError(`--env-file is "${file}", which cannot be read.`);
  }
}

function logOf(text: string): 'pretty' | 'json' {
  if (text === 'pretty' || text === 'json') return text;
  throw new UsageError(`--log is "${text}", not pretty or json.`);
}

function portOf(flag: string, text: string): number {
  const port = Number(text);
  if (!/^\d{1,5}$/.test(text) || port > 65_535) throw new UsageError(`${flag} is "${text}", not a port (0 to 65535).`);
  return port;
}

function durationOf(flag: string, text: string): number {
  const ms = parseDuration(text);
  if (ms === undefined || ms >= 2 ** 31) {
    throw new UsageError(`${flag} is "${text}", not a time such as 90s or 5m (at most 24 days).`);
  }
  return ms;
}

function networksOf(list: string): string {
  try {
    addressCheck(list);
    return list;
  } catch (error) {
    throw new UsageError(`GATEWAY_CALLBACK_NETWORKS: ${(error as Error).message}`);
  }
}

function countOf(name: string, text: string): number {
  const count = Number(text);
  if (/^\d{1,15}$/.test(text) && count > 0) return count;
  throw new UsageError(`${name} is "${text}", not a whole number above 0.`);
}

/** `name=http://host:port`, several with commas; a name that stands twice has two places. */
function remoteOf(text: string): Map<string, Place[]> {
  const places = new Map<string, Place[]>();
  for (const entry of text.split(',').map((part) => part.trim())) {
    if (entry === '') continue;
    const [, name = '', address = ''] = /^([^=]+)=(.*)$/.exec(entry) ?? [];
    const url = URL.canParse(address) ? new URL(address) : undefined;
    const plain = url?.protocol === 'http:' && url.pathname === '/' && url.search === '' && url.username === '';
    if (!url || !plain || !isFunctionName(name)) {
      throw new UsageError(`GATEWAY_REMOTE has "${entry}", not a function as name=http://host:port.`);
    }
    const host = url.hostname.replace(/^\[|\]$/g, '');
    places.set(name, [...(places.get(name) ?? []), { host, port: Number(url.port || 80) }]);
  }
  return places;
}
