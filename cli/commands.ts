import { classify } from './classify.ts';
import type { Command } from './command.ts';
import { completion } from './completion.ts';
import { embed } from './embed.ts';
import { doctor, labelSets, model, open } from './info-commands.ts';
import { models } from './models.ts';
import { pipeline } from './pipeline.ts';
import { operations } from './schema.ts';
import { search } from './search.ts';
import { start } from './start.ts';
import { operationCommand, transform } from './transform.ts';

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
  start,
  doctor,
  open,
  completion,
};
