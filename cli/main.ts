#!/usr/bin/env node
import { setMaxListeners } from 'node:events';
import { CommanderError } from 'commander';
import { Problem } from '#contract/problems';
import packageJson from '../package.json' with { type: 'json' };
import { createCaller, gatewayOf } from './caller.ts';
import type { Work } from './command.ts';
import { commands } from './commands.ts';
import { COMPLETE, completionOf } from './completion.ts';
import type { ParsedArgs } from './flags.ts';
import { createProgram } from './program.ts';
import { UsageError } from './usage.ts';

const INTERRUPTED = 130;

/** @returns the exit status */
async function main(args: string[], signal: AbortSignal): Promise<number> {
  if (args[0] === COMPLETE) {
    await write(await completionOf(args.slice(1), commands));
    return 0;
  }
  let status = 0;
  const program = createProgram(commands, {
    version: packageJson.version,
    run: (command, parsed) => command.run(workOf(parsed, signal)),
    done: (result) => {
      status = result;
    },
  });
  await program.parseAsync(args.length > 0 ? args : ['--help'], { from: 'user' });
  return status;
}

function workOf(args: ParsedArgs, signal: AbortSignal): Work {
  const tries = args.count('tries', 3, { min: 1, max: 10 });
  const timeout = args.count('timeout', 60, { min: 1, max: 3_600 });
  return {
    args,
    signal,
    caller: createCaller(gatewayOf(args), tries, timeout, signal),
    stdout: write,
    stderr: (text) => void process.stderr.write(text),
    live: process.stderr.isTTY === true,
  };
}

/** Resolves when the text has been written, so that large outputs do not pile up in memory. */
function write(text: string | Buffer): Promise<void> {
  return new Promise((resolve) => process.stdout.write(text, () => resolve()));
}

/** The first Ctrl-C cancels calls and leaves no half-written file; the second exits at once. */
function stopOnSignals(): AbortSignal {
  const interrupted = new AbortController();
  // Every picture in progress listens.
  setMaxListeners(0, interrupted.signal);
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.on(signal, () => {
      if (interrupted.signal.aborted) process.exit(INTERRUPTED);
      interrupted.abort(new Problem('timed-out', 'Interrupted.'));
    });
  }
  return interrupted.signal;
}

function reportError(error: unknown): number {
  // Commander has printed it; its status is 0 after help.
  if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2;
  if (error instanceof UsageError) process.stderr.write(`${error.message}\nTry obscura --help.\n`);
  else if (error instanceof Problem) process.stderr.write(`${error.message}\n`);
  else process.stderr.write(`${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`);
  return error instanceof UsageError ? 2 : 1;
}

// npm runs scripts in the project's folder; file names are relative to the caller's.
if (process.env.npm_lifecycle_event === 'obscura' && process.env.INIT_CWD) process.chdir(process.env.INIT_CWD);
// The reader of a pipe may close it, as head does.
process.stdout.on('error', () => process.exit(0));

const signal = stopOnSignals();
const status = await main(process.argv.slice(2), signal).catch(reportError);
// Written after all others: they have been written, too.
await write('');
process.exit(signal.aborted ? INTERRUPTED : status);
