import type { Caller } from './caller.ts';
import { classify } from './classify.ts';
import { embed } from './embed.ts';
import type { Flags, Given } from './flags.ts';
import { doctor, labelSets, model, open } from './look.ts';
import { models } from './models.ts';
import { pipeline } from './pipeline.ts';
import { operations } from './schema.ts';
import { search } from './search.ts';
import { operationCommand, transform } from './transform.ts';

/** What a command has to work with. */
export interface Work {
  given: Given;
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
  /** All words behind its name are another program's. */
  passesOn?: boolean;
  /** @returns the exit status: 0 all done, 1 some failed. @throws UsageError */
  run(work: Work): Promise<number>;
}

const perOperation = Object.entries(operations).map(([name, schema]) => [name, operationCommand(name, schema)]);

/** Every command, in the order of the help. */
export const commands: Record<string, Command> = {
  classify,
  ...Object.fromEntries(perOperation),
  transform,
  pipeline,
  embed,
  search,
  model,
  models,
  'label-sets': labelSets,
  doctor,
  open,
};
