import type { Work } from './child.ts';
import { ChildPool, type JobRules } from './child-pool.ts';
import type { Message } from './messages.ts';

/*
 * Decoders, encoders, kernels and models cannot be interrupted everywhere, and are written in
 * languages in which a picture may crash them: they run in processes apart, which can be ended. A function has one
 * module for all that its processes do.
 */

let own: ChildPool | undefined;

/**
 * From now on work is done in processes of the bundled worker; without one it is done where it is
 * called (scripts and tests).
 * @param rules whether the first process starts at once (the default)
 */
export function useWorker(file: URL | undefined, { warm = true } = {}): void {
  own?.close();
  own = file && new ChildPool(file);
  if (warm) own?.warm();
}

/**
 * Has a process of the worker do one of the kinds of work that it serves.
 * @param here the same work, done here where there is no worker
 * @throws as {@link ChildPool.run}
 */
export function doneApart(kind: string, message: Message, rules: JobRules, here: Work): Promise<Message> {
  return own?.run(kind, message, rules) ?? here(message);
}
