import { type ClientUnaryCall, type Metadata, type ServiceError, status } from '@grpc/grpc-js';

/** The outcome of one rpc. */
export interface Outcome<Reply> {
  reply: Reply;
  /** Sent before the reply. */
  head: Metadata | undefined;
  trailer: Metadata | undefined;
}

/** Calls an rpc. @throws ServiceError */
export function ask<Reply>(
  begin: (callback: (error: ServiceError | null, reply?: Reply) => void) => ClientUnaryCall,
): Promise<Outcome<Reply>> {
  return new Promise((resolve, reject) => {
    let head: Metadata | undefined;
    let outcome: Reply | undefined;
    const call = begin((error, reply) => {
      if (error) reject(error);
      else outcome = reply;
    });
    call.on('metadata', (metadata: Metadata) => {
      head = metadata;
    });
    call.on('status', ({ code, metadata }) => {
      if (code === status.OK) setImmediate(() => resolve({ reply: outcome as Reply, head, trailer: metadata }));
    });
  });
}
