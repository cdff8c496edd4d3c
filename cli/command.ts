import type { Caller } from './caller.ts';
import type { Flags, ParsedArgs, Values } from './flags.ts';

/** What a command runs with. */
export interface Work {
  args: ParsedArgs;
  caller: Caller;
  signal: AbortSignal;
  stdout(text: string | Buffer): Promise<void>;
  stderr(text: string): void;
  /** stderr is a terminal: progress can be shown on one line. */
  live: boolean;
}

export interface Command {
  summary: string;
  /** The arguments, for the help. */
  usage: string;
  /** Other names. */
  aliases?: string[];
  flags: Flags;
  /** Shown in the help below the flags. */
  notes?: string;
  /** Values of its arguments, for completion in a shell; files by default. */
  values?: Values;
  /** All arguments go to another program. */
  passesOn?: boolean;
  /** @returns the exit status: 0 if all succeeded, 1 if some failed. @throws UsageError */
  run(work: Work): Promise<number>;
}
