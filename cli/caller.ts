import { randomUUID } from 'node:crypto';
import { encodeRequest, type SentOptions } from '#client/encode-request';
import { type Answer, callFunction } from '#client/function-client';
import { withTries } from '#client/retry';
import { Problem } from '#contract/problems';
import type { ParsedArgs } from './flags.ts';
import { UsageError } from './usage.ts';

/** A call of a function. */
export interface CallRequest {
  options?: SentOptions;
  /** Several are sent as a batch. */
  picture?: Buffer | readonly Buffer[] | undefined;
  path?: string;
  accept?: string;
}

/** How functions are called. */
export interface Caller {
  /** The gateway's address, for messages. */
  address: string;
  /** @throws Problem */
  call(name: string, request: CallRequest): Promise<Answer>;
}

/** The gateway's address from the command line or the environment. @throws UsageError */
export function gatewayOf(args: ParsedArgs): URL {
  const [host, port] = [args.text('host'), args.text('port')];
  const { OBSCURA_GATEWAY, OPENFAAS_URL } = process.env;
  const standard = OBSCURA_GATEWAY || OPENFAAS_URL || 'http://127.0.0.1:8080';
  const url =
    host === undefined && port === undefined
      ? (args.text('gateway') ?? standard)
      : `http://${host ?? '127.0.0.1'}:${port ?? '8080'}`;
  if (URL.canParse(url) && /^https?:$/.test(new URL(url).protocol)) return new URL(url);
  throw new UsageError(`"${url}" is not an http or https address.`);
}

/** @param tries attempts for each call, the first included. @param timeout for each picture, in seconds */
export function createCaller(gateway: URL, tries: number, timeout: number, signal: AbortSignal): Caller {
  const address = gateway.href.replace(/\/+$/, '');
  // callFunction reads it.
  process.env.gateway_url = address;
  return {
    address,
    call: async (name, { options = {}, picture, path = '/', accept = '*/*' }) => {
      const request = { ...encodeRequest(options, picture), path, accept, callId: randomUUID(), signal };
      const once = (timeoutMs: number) => callFunction(name, { ...request, timeoutMs });
      try {
        return await withTries(once, { most: tries, deadline: performance.now() + timeout * 1_000, signal });
      } catch (error) {
        throw isUnreachable(error) ? noGateway(address) : error;
      }
    },
  };
}

function isUnreachable(error: unknown): boolean {
  const code = error instanceof Problem ? (error.cause as { code?: unknown } | undefined)?.code : undefined;
  return typeof code === 'string' && /^(ECONNREFUSED|ENOTFOUND|EAI_AGAIN|EHOSTUNREACH|ENETUNREACH)$/.test(code);
}

function noGateway(address: string): Problem {
  const detail = `No gateway answers at ${address}. Start one with "obscura start", or name another with --gateway.`;
  return new Problem('function-failed', detail);
}
