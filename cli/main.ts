#!/usr/bin/env node
import { setMaxListeners } from 'node:events';
import { CommanderError } from 'commander';
import { Problem } from '#contract/problems';
import packageJson from '../package.json' with { type: 'json' };
import { createCaller, gatewayOf } from './caller.ts';
import type { Work } from './command.ts';
import { commands } from './commands.ts';
import { ASK, completionOf } from './completion.ts';
import type { ParsedArgs } from './flags.ts';
import { createProgram } from './program.ts';
import { UsageError } from './usage.ts';

const INTERRUPTED = 130;

/** @returns the exit status */
async function main(args: string[], signal: AbortSignal): Promise<number> {
  if (args[0] === ASK) {
    await write(await completionOf(args.slice(1), commands));
    return 0;
  }
  let status = 0;
  const program = createProgram(commands, {
    version: packageJson.version,
    run: (command, given) => command.run(workOf(given, signal)),
    done: (said) => {
      status = said;
    },
  });
  await program.parseAsync(args.length > 0 ? args : ['--help'], { from: 'user' });
  return status;
}

function workOf(given: ParsedArgs, signal: AbortSignal): Work {
  const tries = given.count('tries', 3, { min: 1, max: 10 });
  const timeout = given.count('timeout', 60, { min: 1, max: 3_600 });
  return {
    given,
    signal,
    caller: createCaller(gatewayOf(given), tries, timeout, signal),
    stdout: write,
    stderr: (text) => void process.stderr.write(text),
    live: process.stderr.isTTY === true,
  };
}

/** Resolves when the text is handed over: what is piped on is not held in memory twice. */
function write(text: string | Buffer): Promise<void> {
  return new Promise((resolve) => process.stdout.write(text, () => resolve()));
}

/** The first Ctrl-C ends calls in flight, and what is being written is whole or gone; the second ends at once. */
function stopOnSignals(): AbortSignal {
  const left = new AbortController();
  // Every picture under way listens.
  setMaxListeners(0, left.signal);
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.on(signal, () => {
      if (left.signal.aborted) process.exit(INTERRUPTED);
      left.abort(new Problem('timed-out', 'Interrupted.'));
    });
  }
  return left.signal;
}

function complain(error: unknown): number {
  // Commander has said it already; its status is 0 after help.
  if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2;
  if (error instanceof UsageError) process.stderr.write(`${error.message}\nTry obscura --help.\n`);
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
