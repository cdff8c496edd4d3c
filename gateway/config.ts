import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { parseDuration } from './duration.ts';

/** How this gateway runs. Times in milliseconds. */
export interface Config {
  host: string;
  /** 0 picks a free one. */
  port: number;
  metricsPort: number;
  stackFile: string;
  /** Holds `<function>/index.js` for every function. */
  bundles: string;
  passwordFile: string;
  /** The operator named the password file, so it must exist. */
  passwordFileGiven: boolean;
  /** Idle time after which functions stop, instead of what stack.yml says; 0 is never. */
  idle: number | undefined;
  /** For a call as a whole. */
  upstreamTimeout: number;
  /** For a function to take its first request. */
  startTimeout: number;
  /** For calls in flight when the gateway is told to stop. */
  drainTimeout: number;
}

/** A wrong flag or variable, in a sentence. */
export class UsageError extends Error {}

export const HELP = `Obscura's gateway: serves the functions of a stack file on this machine.

usage: npm start -- [--port N] [--host ADDRESS] [--stack FILE] [--idle TIME] [--metrics-port N]

  --port N          port to listen on, 0 for any free one       GATEWAY_PORT            8080
  --host ADDRESS    address to listen on                        GATEWAY_HOST            127.0.0.1
  --stack FILE      the functions                               GATEWAY_STACK           stack.yml
  --idle TIME       stop a function after this long without a   GATEWAY_IDLE            label, or 15m
                    request, such as 90s or 5m; 0 for never
  --metrics-port N  port of /metrics, 0 for any free one        GATEWAY_METRICS_PORT    8082
  --bundles DIR     folder of the built functions               GATEWAY_BUNDLES         beside the gateway's own
  --help            this text

Also: GATEWAY_PASSWORD_FILE (password of the /system API; one is made beside the stack file without it) and
GATEWAY_UPSTREAM_TIMEOUT (a whole call, 60s).
`;

const FLAGS = ['port', 'host', 'stack', 'idle', 'metrics-port', 'bundles'] as const;
type Flag = (typeof FLAGS)[number];

/** @returns undefined when help was asked for. @throws UsageError */
export function readConfig(args: string[], env: NodeJS.ProcessEnv): Config | undefined {
  const flags = readFlags(args);
  if (!flags) return undefined;
  const given = (flag: Flag, fallback: string) =>
    flags[flag] ?? (env[`GATEWAY_${flag.replace('-', '_').toUpperCase()}`] || fallback);
  const stackFile = path.resolve(given('stack', 'stack.yml'));
  const idle = given('idle', '');
  return {
    host: given('host', '127.0.0.1'),
    port: portOf('--port', given('port', '8080')),
    metricsPort: portOf('--metrics-port', given('metrics-port', '8082')),
    stackFile,
    // The gateway's bundle is dist/gateway/index.js, a function's dist/<name>/index.js.
    bundles: path.resolve(given('bundles', fileURLToPath(new URL('..', import.meta.url)))),
    passwordFile: env.GATEWAY_PASSWORD_FILE || path.join(path.dirname(stackFile), '.obscura', 'basic-auth-password'),
    passwordFileGiven: Boolean(env.GATEWAY_PASSWORD_FILE),
    idle: idle === '' ? undefined : durationOf('--idle', idle),
    upstreamTimeout: durationOf('GATEWAY_UPSTREAM_TIMEOUT', env.GATEWAY_UPSTREAM_TIMEOUT || '60s'),
    startTimeout: 10_000,
    drainTimeout: 10_000,
  };
}

function readFlags(args: string[]): Partial<Record<Flag, string>> | undefined {
  try {
    const text = { type: 'string' } as const;
    const { values } = parseArgs({
      args,
      options: {
        port: text,
        host: text,
        stack: text,
        idle: text,
        'metrics-port': text,
        bundles: text,
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
