import { fileURLToPath } from 'node:url';
import {
  type CallOptions,
  type ClientReadableStream,
  type ClientUnaryCall,
  credentials,
  loadPackageDefinition,
  Metadata,
  type ServiceError,
  status,
} from '@grpc/grpc-js';
import { loadSync, type MessageTypeDefinition } from '@grpc/proto-loader';
import { PROBLEMS, Problem, type ProblemCode } from '#contract/problems';
import type { ErrorInfo } from '../grpc/generated/google/rpc/ErrorInfo.ts';
import type { RetryInfo } from '../grpc/generated/google/rpc/RetryInfo.ts';
import type { Status } from '../grpc/generated/google/rpc/Status.ts';
import type { ProtoGrpcType } from '../grpc/generated/image.ts';
import { type Rpc, rpcOf } from './rpcs.ts';
import type { Attempt, Transport } from './transport.ts';

/** The edge's contracts, as they stand in the checkout. */
const CONTRACTS = fileURLToPath(new URL('../../grpc/proto', import.meta.url));
const definition = loadSync(['obscura/v1/image.proto', 'google/rpc/error.proto'], {
  includeDirs: [CONTRACTS],
  longs: Number,
  enums: String,
  defaults: true,
  oneofs: true,
});
/** Google's error model. */
const types = {
  Status: definition['google.rpc.Status'] as MessageTypeDefinition<object, Status>,
  ErrorInfo: definition['google.rpc.ErrorInfo'] as MessageTypeDefinition<object, ErrorInfo>,
  RetryInfo: definition['google.rpc.RetryInfo'] as MessageTypeDefinition<object, RetryInfo>,
};

/**
 * Calls functions through the gRPC edge.
 * @param edge https means TLS. @param token what it asks for, if it does
 */
export function grpcTransport(edge: URL, token: string | undefined): Transport {
  const { ImageService } = (loadPackageDefinition(definition) as unknown as ProtoGrpcType).obscura.v1;
  const secure = edge.protocol === 'https:' ? credentials.createSsl() : credentials.createInsecure();
  const port = edge.port || (edge.protocol === 'https:' ? '443' : '80');
  const address = `${edge.hostname}:${port}`;
  const client = new ImageService(address, secure, { 'grpc.max_receive_message_length': -1 });
  return {
    address,
    call: async (name, asked, once) => {
      const rpc = rpcOf(name, asked);
      const metadata = new Metadata();
      metadata.set('x-call-id', once.callId);
      if (token) metadata.set('authorization', `Bearer ${token}`);
      const replies = await repliesOf(client, rpc, metadata, once).catch((error: ServiceError) => {
        throw problemOf(error, address, once.signal);
      });
      return { status: 200, ...rpc.read(replies) };
    },
  };
}

/** What all rpcs with one reply have in common. */
type Unary = (
  message: object,
  metadata: Metadata,
  options: CallOptions,
  done: (error: ServiceError | null, reply?: unknown) => void,
) => ClientUnaryCall;

type Client = InstanceType<ProtoGrpcType['obscura']['v1']['ImageService']>;

/** All replies of one rpc: of most of them, one. */
async function repliesOf(
  client: Client,
  rpc: Rpc,
  metadata: Metadata,
  { timeoutMs, signal }: Attempt,
): Promise<unknown[]> {
  const options = { deadline: Date.now() + timeoutMs };
  let call: ClientUnaryCall | ClientReadableStream<unknown> | undefined;
  const cancel = (): void => call?.cancel();
  signal.addEventListener('abort', cancel, { once: true });
  try {
    if (rpc.method === 'runPipeline') {
      const stream = client.runPipeline(rpc.message, metadata, options);
      call = stream;
      return await stream.toArray();
    }
    const begin = client[rpc.method] as unknown as Unary;
    return await new Promise((resolve, reject) => {
      const done = (error: ServiceError | null, reply?: unknown) => (error ? reject(error) : resolve([reply]));
      call = begin.call(client, rpc.message, metadata, options, done);
    });
  } finally {
    signal.removeEventListener('abort', cancel);
  }
}

/** What the edge says is wrong, as the function said it; else what gRPC itself says, in words. */
function problemOf(error: ServiceError, address: string, signal: AbortSignal): unknown {
  if (signal.aborted) return signal.reason;
  const known = reasonOf(error);
  if (known) return known;
  const details: Partial<Record<status, [ProblemCode, string]>> = {
    [status.UNAVAILABLE]: [
      'function-failed',
      `No gRPC edge answers at ${address}. Start one with "npm start -- --grpc".`,
    ],
    [status.DEADLINE_EXCEEDED]: ['timed-out', 'There was no answer in time; try again.'],
    [status.UNIMPLEMENTED]: ['function-failed', `What answers at ${address} is no Obscura gRPC edge.`],
    [status.RESOURCE_EXHAUSTED]: ['body-too-large', `The edge takes no message of this size: ${error.details}.`],
  };
  const [code, detail] = details[error.code] ?? ['function-failed', `The edge failed: ${error.details}`];
  return new Problem(code, detail, { cause: error });
}

/** The problem in `grpc-status-details-bin`, and when to come again. */
function reasonOf({ metadata, details }: ServiceError): Problem | undefined {
  const [packed] = metadata?.get('grpc-status-details-bin') ?? [];
  if (!Buffer.isBuffer(packed)) return undefined;
  const all = types.Status.deserialize(packed).details as unknown as { type_url: string; value: Buffer }[];
  const packedAs = (name: string) => all.find(({ type_url }) => type_url.endsWith(`/google.rpc.${name}`))?.value;
  const [info, retry] = [packedAs('ErrorInfo'), packedAs('RetryInfo')];
  const { code = '', ...members } = info ? types.ErrorInfo.deserialize(info).metadata : {};
  const seconds = retry && types.RetryInfo.deserialize(retry).retryDelay?.seconds;
  const headers: Record<string, string> = seconds ? { 'retry-after': String(seconds) } : {};
  return Object.hasOwn(PROBLEMS, code) ? new Problem(code as ProblemCode, details, { members, headers }) : undefined;
}
