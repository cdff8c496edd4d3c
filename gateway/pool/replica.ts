import { type ChildProcess, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { Agent } from 'node:http';
import { formatDuration } from '#kit/duration';
import { LineSplitter } from './lines.ts';

export interface ReplicaOptions {
  name: string;
  /** The function's bundle. */
  entry: string;
  /** Working folder of the process. */
  folder: string;
  env: Record<string, string>;
  /** Time limit until it accepts requests, ms. */
  startTimeout: number;
  /** Time limit to exit after SIGTERM, ms. */
  stopGrace: number;
  onLine: (instance: string, line: string) => void;
}

/** Why a process never became ready; the message is for the gateway's log. */
export class StartFailure extends Error {}

/** The gateway adds a few headers of its own to what it accepts, so a function must accept a little more. */
const MAX_HEADER_BYTES = 80 * 1024;

/** Closes idle connections before the function does (Node: 5 s); otherwise a request could hit the closing. */
const IDLE_CONNECTION_MS = 4000;

const KEPT_LINES = 10;

const HEAP_FLAGS = ['--max-semi-space-size=2', '--initial-old-space-size=32'];

/** One process of a function: started by the constructor, reports over IPC when ready, exits on `stop` or by itself. */
export class Replica {
  readonly instance: string;
  /** Resolves when the process accepts requests. @throws StartFailure */
  readonly ready: Promise<void>;
  /** Resolves with the reason when the process has exited. */
  readonly gone: Promise<string>;
  readonly agent = new Agent({ keepAlive: true, timeout: IDLE_CONNECTION_MS, scheduling: 'lifo', maxFreeSockets: 64 });
  /** Requests in the process now. */
  inflight = 0;
  /** Consecutive requests that timed out. */
  unanswered = 0;
  /** Gets no new requests and stops after its last answer. */
  retiring = false;
  state: 'starting' | 'ready' | 'stopping' | 'gone' = 'starting';
  port = 0;
  private readonly child: ChildProcess;
  private readonly options: ReplicaOptions;
  private readonly lastLines: string[] = [];
  private readySince = 0;

  constructor(options: ReplicaOptions) {
    this.options = options;
    this.instance = `${options.name}-${randomBytes(3).toString('hex')}`;
    this.child = spawn(
      process.execPath,
      // As in the images: uploads lie outside V8's heap. A small young generation frees them early; a larger old
      // generation avoids a full collection for each.
      ['--enable-source-maps', ...HEAP_FLAGS, `--max-http-header-size=${MAX_HEADER_BYTES}`, options.entry],
      {
        cwd: options.folder,
        env: options.env,
        stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
        // A process group of its own: Ctrl-C in the terminal reaches the gateway alone, which lets requests finish.
        detached: true,
        windowsHide: true,
      },
    );
    this.keepLines(this.child.stdout);
    this.keepLines(this.child.stderr);
    this.gone = this.watchEnd();
    this.ready = this.watchStart();
  }

  /** Milliseconds since it first took requests. */
  get uptime(): number {
    return this.readySince === 0 ? 0 : performance.now() - this.readySince;
  }

  get pid(): number | undefined {
    return this.child.pid;
  }

  /** Lets the process finish its requests and exit; kills it when that takes too long. */
  async stop(): Promise<void> {
    if (this.state !== 'gone' && this.state !== 'stopping') {
      this.state = 'stopping';
      this.child.kill('SIGTERM');
      const timer = setTimeout(() => this.kill(), this.options.stopGrace);
      timer.unref();
    }
    await this.gone;
  }

  /** Kills the process and its descendants at once. */
  kill(): void {
    if (this.state === 'gone' || this.child.pid === undefined) return;
    try {
      process.kill(-this.child.pid, 'SIGKILL');
    } catch {
      this.child.kill('SIGKILL');
    }
  }

  private keepLines(stream: NodeJS.ReadableStream | null): void {
    const splitter = new LineSplitter((line) => {
      this.lastLines.push(line);
      if (this.lastLines.length > KEPT_LINES) this.lastLines.shift();
      this.options.onLine(this.instance, line);
    });
    stream?.on('data', (chunk: Buffer) => splitter.push(chunk));
    stream?.on('end', () => splitter.end());
  }

  private watchEnd(): Promise<string> {
    return new Promise((resolve) => {
      const end = (reason: string) => {
        this.state = 'gone';
        this.agent.destroy();
        resolve(reason);
      };
      this.child.once('error', (error) => {
        if (this.child.pid === undefined)
          end(`could not be started (${(error as NodeJS.ErrnoException).code ?? error.message})`);
      });
      this.child.once('exit', (code, signal) => end(signal ? `was ended by ${signal}` : `ended with code ${code}`));
      // The process exits when the channel closes: it has no other sign that the gateway is gone.
      // (An exiting process loses it too; its exit is then reported first.)
      this.child.once('disconnect', () => {
        setTimeout(() => this.state === 'ready' && void this.stop(), 500).unref();
      });
    });
  }

  private watchStart(): Promise<void> {
    const { startTimeout } = this.options;
    const started = new Promise<void>((resolve, reject) => {
      const timer = setTimeout(() => {
        reject(new StartFailure(`did not become ready within ${formatDuration(startTimeout)}${this.said()}`));
        this.kill();
      }, startTimeout);
      this.child.on('message', (message) => {
        const port = readyPort(message);
        if (port === undefined || this.state !== 'starting') return;
        clearTimeout(timer);
        this.port = port;
        this.state = 'ready';
        this.readySince = performance.now();
        resolve();
      });
      void this.gone.then(async (reason) => {
        clearTimeout(timer);
        await this.lastWords();
        reject(new StartFailure(`${reason} before it was ready${this.said()}`));
      });
    });
    // A replica may be stopped while nothing awaits it.
    started.catch(() => {});
    return started;
  }

  /** The exit of a process may be reported before its last output. */
  private lastWords(): Promise<void> {
    return new Promise((resolve) => {
      if (this.child.stderr?.readableEnded !== false && this.child.stdout?.readableEnded !== false) return resolve();
      this.child.once('close', () => resolve());
      setTimeout(resolve, 250).unref();
    });
  }

  private said(): string {
    return this.lastLines.length === 0 ? '; it wrote nothing' : `; its last lines:\n  ${this.lastLines.join('\n  ')}`;
  }
}

/** The port in `{type: 'ready', port}`; anything else is no such message. */
function readyPort(message: unknown): number | undefined {
  if (typeof message !== 'object' || message === null) return undefined;
  const { type, port } = message as { type?: unknown; port?: unknown };
  if (type !== 'ready' || typeof port !== 'number' || !Number.isInteger(port)) return undefined;
  return port >= 1 && port <= 65_535 ? port : undefined;
}
