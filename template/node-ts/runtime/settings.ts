import { hostname } from 'node:os';
import path from 'node:path';
import { parseDuration } from '#kit/duration';

/** The settings of a process. Sizes in bytes, times in milliseconds. */
export interface Settings {
  host: string;
  /** 0: a free port. */
  port: number;
  /** Every body is a Buffer, whatever its content type. */
  rawBody: boolean;
  maxRawBytes: number;
  maxJsonBytes: number;
  /** The path of the runtime's metrics; empty: none, the handler gets every path. */
  metricsPath: string;
  /** How long new requests are accepted after a signal to stop. */
  drainGraceMs: number;
  /** How long requests in flight may take after that. */
  drainLimitMs: number;
  /** The watchdog's readiness file; undefined if the watchdog writes it itself. */
  lockFile?: string;
  /** In every log line. */
  functionName: string;
}

/** Node18's default for all kinds of bodies. */
const BODY_LIMIT = '100kb';

const UNIT_BYTES: Record<string, number> = { '': 1, k: 2 ** 10, m: 2 ** 20, g: 2 ** 30, t: 2 ** 40 };

/**
 * Parses a size in the format of node18's limits: `100kb`, `1.5mb`, `4096`. Units are powers of 1024.
 * @throws Error with a message for the operator
 */
export function parseSize(name: string, text: string): number {
  const match = /^(\d+(?:\.\d+)?)\s*([kmgt]?)(?:i?b)?$/i.exec(text.trim());
  const unit = UNIT_BYTES[match?.[2]?.toLowerCase() ?? ''];
  if (!match || unit === undefined) throw new Error(`${name} is "${text}": give a size such as 100kb or 2mb`);
  return Math.floor(Number(match[1]) * unit);
}

/** @throws Error with a message for the operator */
function readDuration(name: string, text: string): number {
  const ms = parseDuration(text.trim());
  if (ms === undefined) throw new Error(`${name} is "${text}": give seconds such as 30 or a duration such as 1m30s`);
  return ms;
}

/** On Kubernetes the host name begins with the function's name; OPENFAAS_NAME is not set everywhere. */
export function functionNameOf(env: NodeJS.ProcessEnv): string {
  return env.OPENFAAS_NAME || hostname();
}

function parsePort(text: string): number {
  const port = Number(text);
  if (text.trim() === '' || !Number.isInteger(port) || port < 0 || port > 65_535) {
    throw new Error(`http_port is "${text}": give a port from 0 (any free one) to 65535`);
  }
  return port;
}

/**
 * Reads the settings of this process, under node18's names if it has them.
 * @throws Error with a message for the operator if a value is invalid
 */
export function readSettings(env: NodeJS.ProcessEnv): Settings {
  const size = (name: string) => parseSize(name, env[name] || BODY_LIMIT);
  const duration = (name: string, fallback: string) => readDuration(name, env[name] || fallback);
  return {
    host: env.http_host || '127.0.0.1',
    port: parsePort(env.http_port || '3000'),
    rawBody: env.RAW_BODY === 'true',
    maxRawBytes: size('MAX_RAW_SIZE'),
    maxJsonBytes: size('MAX_JSON_SIZE'),
    metricsPath: env.metrics_path ?? '/metrics',
    drainGraceMs: duration('drain_grace', '0'),
    drainLimitMs: duration('exec_timeout', '30s'),
    // Read exactly as the watchdog reads them, since it looks for the file.
    ...(env.suppress_lock === 'true' ? { lockFile: path.join(env.TMPDIR || '/tmp', '.lock') } : {}),
    functionName: functionNameOf(env),
  };
}
