import { type ChildProcess, spawn } from 'node:child_process';
import path from 'node:path';
import type { Log } from './log.ts';
import { LineSplitter } from './pool/lines.ts';

/** The gRPC edge beside this gateway. */
export interface EdgeProcess {
  /** `127.0.0.1:50051`. */
  address: string;
  /** Lets its calls in flight finish. */
  stop(): Promise<void>;
  kill(): void;
}

/** The edge cannot start; the message is for the operator. */
export class EdgeError extends Error {}

/**
 * Messages lie outside V8's heap, yet bring on its collections: a small young generation frees them early, and a larger
 * old one avoids a full collection every few calls.
 */
const HEAP_FLAGS = ['--max-semi-space-size=2', '--initial-old-space-size=64'];

/**
 * Starts the edge in a process of its own: gRPC's packages are no business of the gateway's.
 * @param bundles holds `grpc/index.js`. @throws EdgeError
 */
export async function startEdge(
  bundles: string,
  args: string[],
  { env, log }: { env: NodeJS.ProcessEnv; log: Log },
): Promise<EdgeProcess> {
  const program = ['--enable-source-maps', ...HEAP_FLAGS, path.join(bundles, 'grpc/index.js')];
  const child = spawn(process.execPath, [...program, ...args], {
    env,
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    // A process group of its own: Ctrl-C in the terminal reaches the gateway alone, which stops the edge first.
    detached: true,
    windowsHide: true,
  });
  const lines: string[] = [];
  let ready = false;
  for (const stream of [child.stdout, child.stderr]) {
    const splitter = new LineSplitter((line) => (ready ? log.output('grpc', line) : lines.push(line)));
    stream?.on('data', (chunk: Buffer) => splitter.push(chunk));
  }
  const gone = new Promise<void>((resolve) => child.once('close', () => resolve()));
  const address = await addressOf(child).catch(async () => {
    await gone;
    throw new EdgeError(`The gRPC edge did not start: ${lines.at(-1) ?? 'it wrote nothing'}`);
  });
  ready = true;
  let stopping = false;
  child.once('exit', (code) => stopping || log.error(`the gRPC edge ended with code ${code}; restart to have it back`));
  return {
    address,
    stop: async () => {
      stopping = true;
      child.kill('SIGTERM');
      await gone;
    },
    kill: () => void child.kill('SIGKILL'),
  };
}

/** What the edge says over IPC once it listens. Rejects when it ends before. */
function addressOf(child: ChildProcess): Promise<string> {
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('exit', reject);
    child.once('message', (message: { address?: unknown }) => resolve(String(message.address)));
  });
}
