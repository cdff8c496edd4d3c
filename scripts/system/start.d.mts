import type { ChildProcess, SpawnOptions } from 'node:child_process';

export const ROOT: string;

/** Besides what `spawn` takes: how many characters of what it prints are kept, by default all. */
export type StartOptions = SpawnOptions & { keep?: number };

/** A program that is ready. */
export interface Started {
  child: ChildProcess;
  pid: number;
  /** All that it has printed so far, or the end of it. */
  printed(): string;
  /** How many bytes it has printed so far. */
  bytes(): number;
  /** Ends it, if it still runs. @returns its exit status @param signal SIGINT */
  stop(signal?: NodeJS.Signals): Promise<number | null>;
}

/**
 * Starts a program and waits until what it has printed tells that it is ready.
 * @param ready what was looked for, as soon as it is there
 * @throws Error with what it has printed when it ends or takes more than a minute
 */
export function startProgram<T>(
  command: string,
  args: string[],
  ready: (printed: string) => T | undefined,
  options?: StartOptions,
): Promise<Started & { found: T }>;

/**
 * Starts what `npm start` starts, from `dist`, on free ports.
 * @param options what else it is told; `env` is added to this process's
 * @throws Error as {@link startProgram}
 */
export function startGateway(
  options?: StartOptions & { args?: string[]; env?: Record<string, string> },
): Promise<Started & { url: string }>;

/** The gateway's address in what it prints when it is ready, as text or as lines of JSON. */
export function gatewayIn(printed: string): string | undefined;
