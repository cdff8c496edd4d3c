import type { Caller } from './caller.ts';
import type { Flags, ParsedArgs, Values } from './flags.ts';

/** What a command has to work with. */
export interface Work {
  given: ParsedArgs;
  caller: Caller;
  signal: AbortSignal;
  stdout(text: string | Buffer): Promise<void>;
  stderr(text: string): void;
  /** stderr is a terminal: progress can be shown on one line. */
  live: boolean;
}

export interface Command {
  summary: string;
  /** What follows the command's name and options. */
  usage: string;
  /** Other names. */
  aliases?: string[];
  flags: Flags;
  /** More for the help, below the flags. */
  notes?: string;
  /** What follows may be, for completion in a shell; pictures and folders where it does not say. */
  values?: Values;
  /** All words behind its name are another program's. */
  passesOn?: boolean;
  /** @returns the exit status: 0 all done, 1 some failed. @throws UsageError */
  run(work: Work): Promise<number>;
}
