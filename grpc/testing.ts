import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { type ServiceError, status } from '@grpc/grpc-js';
import { rpc } from './protos.ts';

export interface RunningEdge {
  /** `127.0.0.1:41234`. */
  address: string;
  metricsUrl: string;
  /** What it has written so far, line by line. */
  log: string[];
  kill(signal: NodeJS.Signals): void;
  /** @returns its exit status */
  stop(): Promise<number | null>;
}

/** Starts the bundled edge in a process of its own on a free port. */
export async function startEdgeProcess(gateway: string, env: Record<string, string> = {}): Promise<RunningEdge> {
  const file = fileURLToPath(new URL('../dist/grpc/index.js', import.meta.url));
  const args = [file, '--gateway', gateway, '--port', '0', '--metrics-port', '0'];
  const child = spawn(process.execPath, args, { env: { ...process.env, ...env } });
  const log: string[] = [];
  const said = (msg: string) => log.find((line) => line.includes(`"msg":"${msg}`));
  await new Promise<void>((resolve, reject) => {
    const read = (line: string) => {
      log.push(line);
      if (said('metrics')) resolve();
    };
    for (const stream of [child.stdout, child.stderr]) createInterface({ input: stream }).on('line', read);
    child.on('close', (code) => reject(new Error(`it ended with ${code}: ${log.join('\n')}`)));
  });
  return {
    address: JSON.parse(said('listening') ?? '{}').address,
    metricsUrl: JSON.parse(said('metrics') ?? '{}').address,
    log,
    kill: (signal) => child.kill(signal),
    stop: async () => {
      // A second signal would cut short what the first one lets finish.
      if (!child.killed) child.kill('SIGTERM');
      if (child.exitCode === null) await once(child, 'exit');
      return child.exitCode;
    },
  };
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
