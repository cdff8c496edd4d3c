import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Log } from '../log.ts';
import type { Registry } from '../pool/registry.ts';
import type { Deployer } from './deployment.ts';
import type { LogBook } from './log-book.ts';
import type { Secrets } from './secrets.ts';

export interface SystemOptions {
  registry: Registry;
  deployer: Deployer;
  secrets: Secrets;
  log: Log;
  logBook: LogBook;
  version: string;
  /** Checks an `Authorization` header. */
  allows: (header: string | undefined) => boolean;
  invocations: (name: string) => number;
  /** Aborts when the gateway stops, to end streams. */
  stopping: AbortSignal;
}

export interface SystemCall {
  request: IncomingMessage;
  response: ServerResponse;
  /** The path after `/system`. */
  path: string;
  query: URLSearchParams;
}

/** The handler of a route. */
export type Answer = (call: SystemCall, options: SystemOptions) => void | Promise<void>;
