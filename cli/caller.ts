import { randomUUID } from 'node:crypto';
import { withTries } from '#client/retry';
import type { ParsedArgs } from './flags.ts';
import { httpTransport } from './http-transport.ts';
import type { Caller, Transport } from './transport.ts';
import { UsageError } from './usage.ts';

/** The way that the command line or the environment names. @throws UsageError */
export async function chooseTransport(given: ParsedArgs): Promise<Transport> {
  if (given.text('over') !== 'grpc') {
    return httpTransport(addressOf(given, [process.env.OBSCURA_GATEWAY, process.env.OPENFAAS_URL], '8080'));
  }
  // gRPC's packages take a while to load: only who wants them waits.
  const { grpcTransport } = await import('./grpc-transport.ts');
  return grpcTransport(addressOf(given, [process.env.OBSCURA_EDGE], '50051'), process.env.OBSCURA_TOKEN);
}

function addressOf(given: ParsedArgs, named: (string | undefined)[], standardPort: string): URL {
  const [host, port] = [given.text('host'), given.text('port')];
  const parts = host !== undefined || port !== undefined;
  const standard = named.find(Boolean) ?? `http://127.0.0.1:${standardPort}`;
  const url = parts ? `http://${host ?? '127.0.0.1'}:${port ?? standardPort}` : (given.text('gateway') ?? standard);
  if (URL.canParse(url) && /^https?:$/.test(new URL(url).protocol)) return new URL(url);
  throw new UsageError(`"${url}" is no http or https address.`);
}

/** @param tries of each call, in all. @param timeout of each picture, in seconds */
export function createCaller(transport: Transport, tries: number, timeout: number, signal: AbortSignal): Caller {
  return {
    address: transport.address,
    call: (name, asked) => {
      const callId = randomUUID();
      const once = (timeoutMs: number) => transport.call(name, asked, { callId, timeoutMs, signal });
      return withTries(once, { most: tries, deadline: performance.now() + timeout * 1_000, signal });
    },
  };
}
