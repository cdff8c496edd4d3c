import { encodeRequest } from '#client/encode-request';
import { callFunction } from '#client/function-client';
import { Problem } from '#contract/problems';
import type { Transport } from './transport.ts';

/** Calls functions through a gateway. */
export function httpTransport(gateway: URL): Transport {
  const address = gateway.href.replace(/\/+$/, '');
  // Where callFunction looks.
  process.env.gateway_url = address;
  return {
    address,
    call: async (name, { options = {}, picture, path = '/', accept = '*/*' }, once) => {
      try {
        return await callFunction(name, { ...encodeRequest(options, picture), path, accept, ...once });
      } catch (error) {
        throw isAway(error) ? nobodyThere(address) : error;
      }
    },
  };
}

/** Nothing takes connections there, or there is no such host. */
function isAway(error: unknown): boolean {
  const code = error instanceof Problem ? (error.cause as { code?: unknown } | undefined)?.code : undefined;
  return typeof code === 'string' && /^(ECONNREFUSED|ENOTFOUND|EAI_AGAIN|EHOSTUNREACH|ENETUNREACH)$/.test(code);
}

function nobodyThere(address: string): Problem {
  const detail = `No gateway answers at ${address}. Start one with "npm start", or name another with --gateway.`;
  return new Problem('function-failed', detail);
}
