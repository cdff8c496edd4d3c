import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';

/** A call as it reached the gateway. */
export interface Arrived {
  /** `/function/rotate-fn?angle=90`. */
  url: string;
  body: Buffer;
  headers: IncomingMessage['headers'];
}

export interface StandIn {
  calls: Arrived[];
  stop(): Promise<void>;
}

/** An HTTP server in place of a gateway, for what a real one does only on a bad day; `gateway_url` names it. */
export async function standInGateway(
  answer: (call: Arrived, response: ServerResponse) => void | Promise<void>,
): Promise<StandIn> {
  const calls: Arrived[] = [];
  const server = createServer(async (request, response) => {
    const call = { url: request.url ?? '', body: await buffer(request), headers: request.headers };
    calls.push(call);
    await answer(call, response);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  process.env.gateway_url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    calls,
    stop: async () => {
      delete process.env.gateway_url;
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
