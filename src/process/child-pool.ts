import { type ChildProcess, spawn } from 'node:child_process';
import type { Socket } from 'node:net';
import { fileURLToPath } from 'node:url';
import { Problem } from '#contract/problems';
import { type Asked, CHANNEL, type Reply } from './child.ts';
import { childrenKept, childrenMayKeep, SMALL_CHILD_AT_REST } from './memory.ts';
import { type Message, onMessage, sendMessage } from './messages.ts';

/** Milliseconds after which a job counts as long, and a spare child is started so that the next job need not wait. */
const LONG_MS = 300;
/** Milliseconds after which an idle child is killed, unless it is the only one. */
const IDLE_MS = 60_000;

/**
 * glibc's own thresholds grow with use, until it keeps buffers of up to 32 MiB for later. With these, those of large
 * pictures are given back, and those of small ones are reused without a page fault for every page.
 */
const ALLOCATOR = { MALLOC_MMAP_THRESHOLD_: String(8 * 1024 * 1024), MALLOC_TRIM_THRESHOLD_: String(16 * 1024 * 1024) };

interface Child {
  process: ChildProcess;
  /** Bytes that it keeps while it is idle. */
  held: number;
  socket: Socket;
  /** Receives its next message, or the reason for its exit. */
  settle?: { resolve: (message: Message) => void; reject: (error: Error) => void } | undefined;
  idle?: NodeJS.Timeout;
}

export interface JobRules {
  /** Time limit in milliseconds, after which the child is killed. */
  time: number;
  /** Kills the child when the caller leaves. */
  signal?: AbortSignal | undefined;
}

/**
 * Child processes for work that cannot be interrupted or may crash. Each child runs one job at a time and stays warm
 * for the next. The caller limits how many jobs run at once.
 */
export class ChildPool {
  private readonly file: string;
  private readonly idle: Child[] = [];
  private readonly all = new Set<Child>();

  /** @param file a module that calls `serveChild` */
  constructor(file: URL) {
    this.file = fileURLToPath(file);
  }

  /** Starts a child before the first job. */
  warm(): void {
    if (this.all.size === 0) this.rest(this.start());
  }

  /**
   * Runs a job in a child.
   * @param kind one that the module serves
   * @throws Problem of the work, `timed-out`, or the reason why the child exited; the signal's reason when the caller
   *   leaves
   */
  async run(kind: string, { data, parts }: Message, { time, signal }: JobRules): Promise<Message> {
    signal?.throwIfAborted();
    const child = this.idle.pop() ?? this.start();
    clearTimeout(child.idle);
    child.process.ref();
    child.socket.ref();
    const long = setTimeout(() => this.spare(), LONG_MS).unref();
    let reply: Message;
    try {
      reply = await replyOf(child, { data: { kind, data } satisfies Asked, parts }, time, signal);
    } catch (error) {
      child.process.kill('SIGKILL');
      throw error;
    } finally {
      clearTimeout(long);
    }
    child.held = (reply.data as Reply).held ?? child.held;
    this.rest(child);
    this.endHeaviest();
    return resultOf(reply);
  }

  /** Kills all children. */
  close(): void {
    for (const { process } of this.all) process.kill('SIGKILL');
  }

  private start(): Child {
    const process = spawn(globalThis.process.execPath, [...globalThis.process.execArgv, this.file], {
      stdio: ['ignore', 'inherit', 'inherit', 'pipe'],
      env: { ...globalThis.process.env, ...ALLOCATOR },
    });
    const child: Child = { process, held: SMALL_CHILD_AT_REST, socket: process.stdio[CHANNEL] as Socket };
    this.all.add(child);
    const gone = (error: Error): void => {
      this.forget(child);
      child.settle?.reject(error);
    };
    process.on('error', gone).on('exit', (code, signal) => gone(endOf(code, signal)));
    // The process's own `exit` event reports its end.
    child.socket.on('error', () => undefined);
    onMessage(child.socket, (message) => child.settle?.resolve(message));
    return child;
  }

  /** Starts a spare child, if there are fewer than may be kept. */
  private spare(): void {
    if (this.idle.length === 0 && this.all.size < childrenKept()) this.rest(this.start());
  }

  /** Marks a child as idle. It does not keep this process alive. */
  private rest(child: Child): void {
    child.process.unref();
    child.socket.unref();
    this.idle.push(child);
    child.idle = setTimeout(() => {
      if (this.all.size > 1) child.process.kill('SIGKILL');
    }, IDLE_MS).unref();
  }

  /** Kills idle children while all children keep more memory than is counted for them. */
  private endHeaviest(): void {
    let excess = [...this.all].reduce((sum, { held }) => sum + held, -childrenMayKeep());
    for (const child of this.idle.toSorted((a, b) => b.held - a.held)) {
      if (excess <= 0) return;
      excess -= child.held;
      this.forget(child);
      child.process.kill('SIGKILL');
      this.spare();
    }
  }

  private forget(child: Child): void {
    this.all.delete(child);
    if (this.idle.includes(child)) this.idle.splice(this.idle.indexOf(child), 1);
    clearTimeout(child.idle);
  }
}

function replyOf(child: Child, job: Message, time: number, signal?: AbortSignal): Promise<Message> {
  return new Promise<Message>((resolve, reject) => {
    const end = (error: unknown): void => {
      settled();
      reject(error);
    };
    const late = new Problem('timed-out', 'The work took too long and was stopped.');
    const timer = setTimeout(() => end(late), time);
    const left = () => end(signal?.reason);
    signal?.addEventListener('abort', left, { once: true });
    const settled = (): void => {
      clearTimeout(timer);
      signal?.removeEventListener('abort', left);
      child.settle = undefined;
    };
    const done = (message: Message): void => {
      settled();
      resolve(message);
    };
    child.settle = { resolve: done, reject: end };
    sendMessage(child.socket, job);
  });
}

function resultOf({ data, parts }: Message): Message {
  const reply = data as Reply;
  if ('result' in reply) return { data: reply.result, parts };
  if ('failure' in reply) throw new Error(`in a child process: ${reply.failure}`);
  const { code, message, members, headers } = reply.problem;
  throw new Problem(code, message, { members: { ...members }, headers });
}

/** The reason why a child exited unexpectedly. */
function endOf(code: number | null, signal: NodeJS.Signals | null): Error {
  const cause = new Error(`the child process ended with ${signal ?? code}`);
  // The OOM killer sends it.
  if (signal === 'SIGKILL') {
    return new Problem('too-many-pixels', 'The work took more memory than there is; send a smaller picture.', {
      cause,
    });
  }
  if (signal === null) return cause;
  return new Problem('picture-damaged', 'The work on this picture broke off; save it anew and send it again.', {
    cause,
  });
}
