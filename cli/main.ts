#!/usr/bin/env node
import { Problem } from '#platform/problems';
import packageJson from '../package.json' with { type: 'json' };
import { ALIASES, type Command, commands, type Work } from './commands.ts';
import { readFlags } from './flags.ts';
import { chooseGateway, createCaller } from './gateway.ts';
import { helpOf, overview } from './help.ts';
import { UsageError } from './usage.ts';

const INTERRUPTED = 130;

/** @returns the exit status */
async function main(args: string[], signal: AbortSignal): Promise<number> {
  const [said = '--help', ...rest] = args;
  if (said === '--version') return print(`obscura ${packageJson.version}\n`);
  if (said === '--help' || said === '-h' || said === 'help') return print(overview(commands));
  const name = ALIASES[said] ?? said;
  const command = Object.hasOwn(commands, name) ? commands[name] : undefined;
  if (!command) throw new UsageError(`There is no command "${said}"; there are ${Object.keys(commands).join(', ')}.`);
  if (rest.includes('--help') || rest.includes('-h')) return print(helpOf(name, command));
  return command.run(workOf(command, rest, signal));
}

function workOf(command: Command, args: string[], signal: AbortSignal): Work {
  const given = readFlags(args, command.flags);
  chooseGateway(given);
  const tries = given.count('tries', 3, { min: 1, max: 10 });
  const timeout = given.count('timeout', 60, { min: 1, max: 3_600 });
  return {
    given,
    signal,
    caller: createCaller(tries, timeout, signal),
    stdout: write,
    stderr: (text) => void process.stderr.write(text),
    live: process.stderr.isTTY === true,
  };
}

/** Resolves when the text is handed over: what is piped on is not held in memory twice. */
function write(text: string | Buffer): Promise<void> {
  return new Promise((resolve) => process.stdout.write(text, () => resolve()));
}

async function print(text: string): Promise<number> {
  await write(text);
  return 0;
}

/** The first Ctrl-C ends calls in flight, and what is being written is whole or gone; the second ends at once. */
function stopOnSignals(): AbortSignal {
  const left = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.on(signal, () => {
      if (left.signal.aborted) process.exit(INTERRUPTED);
      left.abort(new Problem('timed-out', 'Interrupted.'));
    });
  }
  return left.signal;
}

function complain(error: unknown): number {
  if (error instanceof UsageError) process.stderr.write(`${error.message}\nobscura --help tells more.\n`);
  else if (error instanceof Problem) process.stderr.write(`${error.message}\n`);
  else process.stderr.write(`${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`);
  return error instanceof UsageError ? 2 : 1;
}

// npm runs scripts in the project's folder; names of files are meant from where the caller stands.
if (process.env.npm_lifecycle_event === 'obscura' && process.env.INIT_CWD) process.chdir(process.env.INIT_CWD);
// Whoever reads our output may have had enough.
process.stdout.on('error', () => process.exit(0));

const signal = stopOnSignals();
const status = await main(process.argv.slice(2), signal).catch(complain);
// An empty text after all others: they are handed over.
await write('');
process.exit(signal.aborted ? INTERRUPTED : status);
