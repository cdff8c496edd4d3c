import type { Command } from './command.ts';
import { runProgram } from './run-program.ts';

/** Models in this checkout or package; `obscura model` shows the one a gateway uses. */
export const models: Command = {
  summary: 'List, install, verify or remove models on this machine',
  usage: '[list | install ID | verify [ID] | remove ID]',
  values: ['list', 'install', 'verify', 'remove'],
  flags: {},
  passesOn: true,
  run: ({ args, signal }) => runProgram('models', args.positionals.length > 0 ? args.positionals : ['list'], signal),
};
