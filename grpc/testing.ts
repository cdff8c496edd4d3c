import path from 'node:path';
import { type ServiceError, status } from '@grpc/grpc-js';
import { ROOT, startProgram } from '../scripts/system/start.mjs';
import { rpc } from './protos.ts';

export interface RunningEdge {
  /** `127.0.0.1:41234`. */
  address: string;
  metricsUrl: string;
  /** What it has printed so far. */
  output(): string;
  kill(signal: NodeJS.Signals): void;
  /** @returns its exit status */
  stop(): Promise<number | null>;
}

/** Starts the bundled edge in a process of its own on a free port. */
export async function startEdgeProcess(gateway: string, env: Record<string, string> = {}): Promise<RunningEdge> {
  const args = [path.join(ROOT, 'dist/grpc/index.js'), '--gateway', gateway, '--port', '0', '--metrics-port', '0'];
  const how = { env: { ...process.env, ...env } };
  const { found, child, printed, stop } = await startProgram(process.execPath, args, addressesIn, how);
  return { ...found, output: printed, kill: (signal) => child.kill(signal), stop: () => stop('SIGTERM') };
}

function addressesIn(printed: string): { address: string; metricsUrl: string } | undefined {
  const addressOf = (msg: string) => new RegExp(`"msg":"${msg}.*"address":"([^"]+)"`).exec(printed)?.[1];
  const [address, metricsUrl] = [addressOf('listening'), addressOf('metrics')];
  return address && metricsUrl ? { address, metricsUrl } : undefined;
}

/** Everything that a stream of an rpc brings. @throws ServiceError */
export async function collect<Reply>(stream: AsyncIterable<Reply>): Promise<Reply[]> {
  const all: Reply[] = [];
  for await (const reply of stream) all.push(reply);
  return all;
}

/** A failure as the caller reads it: status, sentence, and the details of Google's error model by type. */
export async function failureOf(outcome: Promise<unknown>) {
  const error = await outcome.then(
    () => undefined,
    (reason: ServiceError) => reason,
  );
  if (!error) throw new Error('the call succeeded');
  const [packed] = error.metadata.get('grpc-status-details-bin');
  const details = packed ? rpc.Status.deserialize(packed as Buffer) : undefined;
  const parts = ((details as { details?: { type_url: string; value: Buffer }[] })?.details ?? []).map(
    ({ type_url, value }) => {
      const name = type_url.replace('type.googleapis.com/google.rpc.', '') as 'ErrorInfo' | 'BadRequest' | 'RetryInfo';
      return [name, rpc[name].deserialize(value)];
    },
  );
  return {
    code: status[error.code],
    message: error.details,
    callId: error.metadata.get('x-call-id')[0],
    // biome-ignore lint/suspicious/noExplicitAny: details are looked at member by member
    ...(Object.fromEntries(parts) as Record<'ErrorInfo' | 'BadRequest' | 'RetryInfo', any>),
  };
}
