import { homedir } from 'node:os';
import path from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import type { Command } from './command.ts';
import { runProgram } from './run-program.ts';

/** The folder of the checkout or package that this command belongs to. */
const ROOT = fileURLToPath(new URL('../../', import.meta.url));

/** The embedded gateway with all functions, as `npm start` runs it. */
export const start: Command = {
  summary: 'Start the functions and the page on this machine',
  usage: '[--port N] …',
  values: ['--port', '--host', '--idle', '--grpc', '--help'],
  flags: {},
  passesOn: true,
  run: ({ args, signal }) => {
    const stack = ['--stack', path.join(ROOT, 'stack.yml')];
    return runProgram('gateway', [...stack, ...args.positionals], signal, environment());
  },
};

/** A package may be updated, so its state is kept in the home folder. */
function environment(): NodeJS.ProcessEnv {
  const isInstalled = ROOT.split(path.sep).includes('node_modules');
  if (!isInstalled) return process.env;
  const state = process.env.GATEWAY_STATE || path.join(homedir(), '.obscura');
  const store = process.env.STORE_URL || pathToFileURL(path.join(state, 'store')).href;
  return { ...process.env, GATEWAY_STATE: state, STORE_URL: store };
}
