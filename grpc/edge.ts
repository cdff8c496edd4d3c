import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { Server, ServerCredentials } from '@grpc/grpc-js';
import { HealthImplementation } from 'grpc-health-check';
import { admit } from './admission.ts';
import { expose } from './base-call.ts';
import type { Config } from './config.ts';
import { createHttpServer } from './http-server.ts';
import { imageHandlers } from './image-service.ts';
import { authorize, observe } from './interceptors.ts';
import type { Log } from './log.ts';
import { createEdgeMemory } from './memory.ts';
import { Metrics } from './metrics.ts';
import { nlImageHandlers } from './nl-image-service.ts';
import { imageService, nlImageService } from './protos.ts';
import { watchGateway } from './readiness.ts';
import { addReflection } from './reflection.ts';
import type { Common } from './rpc.ts';
import { bounded } from './structure.ts';

export interface Edge {
  /** The port that it listens on. */
  port: number;
  metricsPort: number;
  /** Accepts no new calls, lets those in flight finish, and stops. */
  stop(): Promise<void>;
}

/** Besides the picture, a message holds options and at most two thousand labels. */
const MESSAGE_OVERHEAD = 512 * 1024;
/** Concurrent calls per connection; each may hold a picture. */
const MAX_STREAMS = 100;
/** Milliseconds between checks whether all calls are over. */
const DRAIN_STEP = 20;

/** Starts the edge. @throws if it cannot listen, or if the TLS files are invalid */
export async function startEdge(config: Config, log: Log): Promise<Edge> {
  // callFunction reads the gateway's URL from here.
  process.env.gateway_url = config.gateway;
  const metrics = new Metrics();
  const report: Common['report'] = (error, callId) => log('error', 'call failed', { callId, error });
  const memory = createEdgeMemory();
  const longest = config.maxBytes + MESSAGE_OVERHEAD;
  const health = new HealthImplementation();
  const server = new Server({
    'grpc.max_receive_message_length': longest,
    'grpc.max_send_message_length': -1,
    'grpc.max_concurrent_streams': MAX_STREAMS,
    ...(config.maxConnectionAge > 0 && { 'grpc.max_connection_age_ms': config.maxConnectionAge }),
    interceptors: [
      expose,
      observe(metrics, log),
      ...(config.token === undefined ? [] : [authorize(config.token)]),
      admit(memory.requests, longest),
    ],
  });
  server.addService(bounded(imageService), imageHandlers({ report, memory }));
  server.addService(bounded(nlImageService), nlImageHandlers({ report, memory }));
  health.addToServer(server);
  addReflection(server);
  const port = await listen(server, config);
  const readiness = await watchGateway(config.gateway, health);
  const httpServer = createHttpServer(metrics, readiness.isServing).listen(config.metricsPort, config.host);
  await once(httpServer, 'listening');
  return {
    port,
    metricsPort: (httpServer.address() as AddressInfo).port,
    stop: async () => {
      readiness.end();
      await drain(server, metrics, config.drainTimeout);
      httpServer.close();
      httpServer.closeAllConnections();
    },
  };
}

function listen(server: Server, { host, port, tls }: Config): Promise<number> {
  const credentials = tls
    ? ServerCredentials.createSsl(
        tls.clientCa ?? null,
        [{ cert_chain: tls.cert, private_key: tls.key }],
        tls.clientCa !== undefined,
      )
    : ServerCredentials.createInsecure();
  const address = `${host.includes(':') ? `[${host}]` : host}:${port}`;
  return new Promise((resolve, reject) => {
    server.bindAsync(address, credentials, (error, bound) => (error ? reject(unbound(error, port)) : resolve(bound)));
  });
}

function unbound(error: Error, port: number): Error {
  return /EADDRINUSE/.test(error.message)
    ? new Error(`Port ${port} is taken by another program; choose another.`)
    : error;
}

/** Lets calls in flight finish. Other streams (health and reflection) are cut off. */
async function drain(server: Server, metrics: Metrics, timeout: number): Promise<void> {
  const stopped = new Promise<void>((resolve) => server.tryShutdown(() => resolve()));
  const until = Date.now() + timeout;
  while (metrics.running > 0 && Date.now() < until) await new Promise((resolve) => setTimeout(resolve, DRAIN_STEP));
  // The last answers have been passed to their connections, which still write.
  await Promise.race([stopped, new Promise((resolve) => setTimeout(resolve, 10 * DRAIN_STEP))]);
  server.forceShutdown();
}
