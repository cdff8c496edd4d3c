import type { Command } from './command.ts';
import { runProgram } from './run-program.ts';

/** Models in this checkout or package; which one a gateway uses tells `obscura model`. */
export const models: Command = {
  summary: 'List, install, verify or remove models on this machine',
  usage: '[list | install ID | verify [ID] | remove ID]',
  values: ['list', 'install', 'verify', 'remove'],
  flags: {},
  passesOn: true,
  run: ({ given, signal }) => runProgram('models', given.positionals.length > 0 ? given.positionals : ['list'], signal),
};
