import { randomUUID } from 'node:crypto';
import { Problem } from '#platform/problems';
import { withTries } from '#platform/retry';
import { asRequest, type SentOptions } from '#platform/sending';
import { type Answer, callFunction, gatewayUrl } from '#platform/siblings';
import type { Given } from './flags.ts';
import { UsageError } from './usage.ts';

/** How functions are called. */
export interface Caller {
  /** @throws Problem in words that help at a terminal */
  call(
    name: string,
    request: { options?: SentOptions; picture?: Buffer | undefined; path?: string; accept?: string },
  ): Promise<Answer>;
}

/** The gateway that the command line or the environment names. @throws UsageError */
export function chooseGateway(given: Given): void {
  const [host, port] = [given.text('host'), given.text('port')];
  const parts = host !== undefined || port !== undefined;
  if (parts && given.has('gateway')) throw new UsageError('Give --gateway, or --host and --port, not both.');
  const standard = process.env.OBSCURA_GATEWAY || process.env.OPENFAAS_URL || 'http://127.0.0.1:8080';
  const url = parts ? `http://${host ?? '127.0.0.1'}:${port ?? '8080'}` : (given.text('gateway') ?? standard);
  if (!URL.canParse(url) || !/^https?:$/.test(new URL(url).protocol)) {
    throw new UsageError(`"${url}" is no http or https address.`);
  }
  // Where callFunction looks.
  process.env.gateway_url = url.replace(/\/+$/, '');
}

/** @param tries of each call, in all. @param timeout of each picture, in seconds */
export function createCaller(tries: number, timeout: number, signal: AbortSignal): Caller {
  return {
    call: async (name, { options = {}, picture, path = '/', accept = '*/*' }) => {
      const request = { ...asRequest(options, picture), path, accept, callId: randomUUID(), signal };
      const deadline = performance.now() + timeout * 1000;
      try {
        return await withTries((timeoutMs) => callFunction(name, { ...request, timeoutMs }), {
          most: tries,
          deadline,
          signal,
        });
      } catch (error) {
        throw isAway(error) ? nobodyThere() : error;
      }
    },
  };
}

/** Nothing takes connections there, or there is no such host. */
function isAway(error: unknown): boolean {
  const code = error instanceof Problem ? (error.cause as { code?: unknown } | undefined)?.code : undefined;
  return typeof code === 'string' && /^(ECONNREFUSED|ENOTFOUND|EAI_AGAIN|EHOSTUNREACH|ENETUNREACH)$/.test(code);
}

function nobodyThere(): Problem {
  const detail = `No gateway answers at ${gatewayUrl()}. Start one with "npm start", or name another with --gateway.`;
  return new Problem('function-failed', detail);
}
