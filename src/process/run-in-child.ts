import type { Work } from './child.ts';
import { ChildPool, type JobRules } from './child-pool.ts';
import type { Message } from './messages.ts';

/*
 * Decoders, encoders, kernels and models cannot always be interrupted, and a picture may crash them. So they run in
 * child processes, which can be killed. A function has one worker module for all work of its child processes.
 */

let own: ChildPool | undefined;

/**
 * Runs work in child processes of the bundled worker from now on. Without a file, work runs in the calling process
 * (scripts and tests).
 * @param rules whether to start the first child process at once (the default)
 */
export function useWorker(file: URL | undefined, { warm = true } = {}): void {
  own?.close();
  own = file && new ChildPool(file);
  if (warm) own?.warm();
}

/**
 * Runs one kind of work in a child process.
 * @param here the same work, run in this process if there is no worker
 * @throws as {@link ChildPool.run}
 */
export function runInChild(kind: string, message: Message, rules: JobRules, here: Work): Promise<Message> {
  return own?.run(kind, message, rules) ?? here(message);
}
