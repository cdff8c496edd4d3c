import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import type { Command } from './command.ts';

/** The tool of `npm run models`, in the checkout that this command is part of. */
const TOOL = fileURLToPath(new URL('../../scripts/run.mjs', import.meta.url));

/** Models in this checkout; which one a gateway uses tells `obscura model`. */
export const models: Command = {
  summary: 'List, install, verify or remove models on this machine',
  usage: '[list | install ID | verify [ID] | remove ID]',
  values: ['list', 'install', 'verify', 'remove'],
  flags: {},
  passesOn: true,
  run: async ({ given, signal }) => {
    const words = given.positionals.length > 0 ? given.positionals : ['list'];
    const tool = spawn(process.execPath, [TOOL, 'models', ...words], { stdio: 'inherit' });
    // Ctrl-C in a terminal reaches the tool by itself, as a kill of this process does not.
    signal.addEventListener('abort', () => tool.kill('SIGINT'), { once: true });
    const [code] = await once(tool, 'exit');
    return code ?? 1;
  },
};
