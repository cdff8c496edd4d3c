import { readFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { envNumber, envText } from '#config/env';

/** Settings of the edge. */
export interface Config {
  /** URL of the gateway for calling functions. */
  gateway: string;
  host: string;
  /** 0 picks a free one. */
  port: number;
  metricsPort: number;
  /** Maximum bytes of one picture, as in the functions' intake. */
  maxBytes: number;
  /** The token that callers must send as `authorization: Bearer …`; without it, anyone may call. */
  token: string | undefined;
  /** PEM; without it the edge speaks plaintext. With `clientCa`, callers need a certificate, too. */
  tls: { cert: Buffer; key: Buffer; clientCa: Buffer | undefined } | undefined;
  /** Milliseconds for calls in flight to finish when the edge is stopped. */
  drainTimeout: number;
  /** Milliseconds after which clients are asked to reconnect; calls in flight finish. 0: never. */
  maxConnectionAge: number;
}

/** A wrong flag or variable; the message is for people. */
export class UsageError extends Error {}

export const HELP = `Obscura's gRPC edge: obscura.v1.ImageService in front of a gateway.

usage: npm run grpc -- [--gateway URL] [--port N] [--host ADDRESS] [--metrics-port N]

  --gateway URL     the gateway that serves the functions    GATEWAY_URL         http://127.0.0.1:8080
  --port N          port to listen on, 0 for any free one    GRPC_PORT           50051
  --host ADDRESS    address to listen on                     GRPC_HOST           127.0.0.1
  --metrics-port N  port of /metrics                         GRPC_METRICS_PORT   50052
  --help            this text

Also: GRPC_TOKEN_FILE (a bearer token that callers must bring), GRPC_TLS_CERT and GRPC_TLS_KEY (PEM files),
GRPC_TLS_CLIENT_CA (callers need a certificate of it), GRPC_DRAIN_SECONDS (10), GRPC_MAX_CONNECTION_SECONDS
(0, never: when clients are asked to connect anew) and INTAKE_MAX_BYTES (33554432).
`;

const FLAGS = ['gateway', 'port', 'host', 'metrics-port'] as const;
type Flags = Partial<Record<(typeof FLAGS)[number], string>>;
const MIB = 1024 * 1024;

/** @returns undefined if help was requested. @throws UsageError, or Error for an invalid variable */
export function readConfig(args: string[]): Config | undefined {
  const flags = readFlags(args);
  if (!flags) return undefined;
  return {
    gateway: gatewayOf(flags.gateway ?? envText('GATEWAY_URL', envText('gateway_url', 'http://127.0.0.1:8080'))),
    host: flags.host ?? envText('GRPC_HOST', '127.0.0.1'),
    port: portOf(flags.port, 'GRPC_PORT', 50_051),
    metricsPort: portOf(flags['metrics-port'], 'GRPC_METRICS_PORT', 50_052),
    maxBytes: envNumber('INTAKE_MAX_BYTES', 32 * MIB, { min: 1, max: 1024 * MIB }),
    token: tokenFromEnv(),
    tls: tlsFromEnv(),
    drainTimeout: envNumber('GRPC_DRAIN_SECONDS', 10, { min: 0, max: 3600 }) * 1000,
    maxConnectionAge: envNumber('GRPC_MAX_CONNECTION_SECONDS', 0, { min: 0, max: 86_400 }) * 1000,
  };
}

function readFlags(args: string[]): Flags | undefined {
  const text = { type: 'string' } as const;
  try {
    const { values } = parseArgs({
      args,
      options: { gateway: text, port: text, host: text, 'metrics-port': text, help: { type: 'boolean', short: 'h' } },
    });
    const { help, ...flags } = values;
    return help ? undefined : flags;
  } catch (error) {
    throw new UsageError(`${(error as Error).message.split('. ')[0]}. See --help.`);
  }
}

function gatewayOf(text: string): string {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url && /^https?:$/.test(url.protocol)) return text.replace(/\/+$/, '');
  throw new UsageError(`The gateway "${text}" is not an http or https address.`);
}

function portOf(flag: string | undefined, name: string, fallback: number): number {
  if (flag === undefined) return envNumber(name, fallback, { min: 0, max: 65_535 });
  if (/^\d{1,5}$/.test(flag) && Number(flag) <= 65_535) return Number(flag);
  throw new UsageError(`"${flag}" is not a port (0 to 65535).`);
}

function tokenFromEnv(): string | undefined {
  const file = envText('GRPC_TOKEN_FILE', '');
  if (file === '') return undefined;
  const token = readFile('GRPC_TOKEN_FILE', file).toString('utf8').trim();
  // An empty secret would admit callers without a token.
  if (token === '') throw new UsageError('GRPC_TOKEN_FILE names an empty file.');
  return token;
}

function tlsFromEnv(): Config['tls'] {
  const [cert, key, clientCa] = ['GRPC_TLS_CERT', 'GRPC_TLS_KEY', 'GRPC_TLS_CLIENT_CA'].map((name) => {
    const file = envText(name, '');
    return file === '' ? undefined : readFile(name, file);
  });
  if (cert && key) return { cert, key, clientCa };
  if (!cert && !key && !clientCa) return undefined;
  throw new UsageError('TLS needs both GRPC_TLS_CERT and GRPC_TLS_KEY.');
}

function readFile(name: string, file: string): Buffer {
  try {
    return readFileSync(file);
  } catch (error) {
    throw new UsageError(`${name}: ${file} cannot be read (${(error as NodeJS.ErrnoException).code}).`);
  }
}
