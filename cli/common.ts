import { problemOf } from '#contract/problem-data';
import type { Problem } from '#contract/problems';
import { printable } from '#kit/printable';
import type { Work } from './command.ts';
import { concurrently, type Outcome } from './concurrently.ts';
import { type Flag, type Flags, grouped } from './flags.ts';
import type { Input } from './inputs.ts';
import { UsageError } from './usage.ts';

/** Flags of every command that calls functions. */
export const gatewayFlags: Flags = grouped('Gateway', {
  gateway: {
    value: 'URL',
    conflicts: ['host', 'port'],
    about: 'its address (OBSCURA_GATEWAY, OPENFAAS_URL; http://127.0.0.1:8080)',
  },
  host: { value: 'HOST', about: 'its host (127.0.0.1)' },
  port: { value: 'PORT', about: 'its port (8080)' },
  tries: { value: 'N', about: 'attempts for a call that fails temporarily (3)' },
  timeout: { value: 'SECONDS', about: 'time limit for each picture (60)' },
});

/** The flag that chooses a prompt. @param of what the prompt is for */
export function promptFlag(of: string): Flag {
  const values = ['photo', 'ensemble', 'none'];
  return { value: 'TEXT', multiple: true, values, about: `photo, ensemble, none, or a text with {} for ${of}` };
}

const DEFAULT_JOBS = 4;

/** Flags of every command that works on pictures. */
export const batchFlags: Flags = grouped('Many pictures', {
  jobs: { value: 'N', short: 'j', about: `pictures processed at once (${DEFAULT_JOBS})` },
  json: { about: 'one JSON object per picture, one per line' },
  quiet: { short: 'q', about: 'no progress, no summary' },
});

export interface Output {
  text: string;
  /** Printed in place of the text with `--json`; nothing is printed if it is missing. */
  json?: object;
}

/**
 * Works on all pictures, prints each result and a summary.
 * @param jobs the default of `--jobs`
 * @returns the exit status
 */
export async function eachPicture(
  work: Work,
  inputs: Input[],
  one: (input: Input) => Promise<Output>,
  jobs = DEFAULT_JOBS,
): Promise<number> {
  if (inputs.length === 0) throw noPicture();
  const { args, signal } = work;
  const asJson = args.has('json');
  const progress = createProgress(work, inputs.length);
  const print = (outcome: Outcome) => {
    progress.clear();
    if ('failure' in outcome) printFailure(work, outcome.input, outcome.failure, asJson);
    else if (outcome.output !== '') void work.stdout(outcome.output);
  };
  const outputOf = async (input: Input) => {
    const { text, json } = await one(input);
    if (!asJson) return text;
    return json ? `${JSON.stringify({ picture: input.name, ...json })}\n` : '';
  };
  const failed = await concurrently(inputs, outputOf, {
    jobs: args.count('jobs', jobs, { min: 1, max: 64 }),
    signal,
    onOutcome: print,
    onProgress: progress.show,
  });
  progress.clear();
  if (progress.wanted && !signal.aborted) {
    work.stderr(`${inputs.length - failed} done, ${failed} failed, in ${progress.seconds().toFixed(1)} s\n`);
  }
  return failed > 0 ? 1 : 0;
}

export function noPicture(): UsageError {
  return new UsageError('There is no picture: name files, folders, addresses, or - for stdin.');
}

/** A progress bar on one line of a terminal, for several pictures. */
interface Progress {
  /** There are several pictures, and no `--quiet`. */
  wanted: boolean;
  show(done: number, failed: number): void;
  /** To be called before anything else is printed. */
  clear(): void;
  /** Since the start. */
  seconds(): number;
}

export function createProgress({ args, live, stderr }: Work, all: number): Progress {
  const wanted = !args.has('quiet') && all > 1;
  const began = performance.now();
  const seconds = () => (performance.now() - began) / 1000;
  const line = (text: string) => live && wanted && stderr(`\r\u001b[K${text}`);
  return {
    wanted,
    seconds,
    show: (done, failed) => line(progressBar({ done, failed, all, seconds: seconds() })),
    clear: () => line(''),
  };
}

const BAR = 24;

/** `██████░░░░░░ 12 of 24, 1 failed, about 8 s left` @param seconds since the first began */
export function progressBar(state: { done: number; failed: number; all: number; seconds: number }): string {
  const { done, failed, all, seconds } = state;
  const full = Math.round((done / all) * BAR);
  const left = Math.ceil((seconds / done) * (all - done));
  const parts = [
    `${'█'.repeat(full)}${'░'.repeat(BAR - full)} ${done} of ${all}`,
    ...(failed > 0 ? [`${failed} failed`] : []),
    ...(done > 0 && left > 1 ? [`about ${left > 90 ? `${Math.round(left / 60)} min` : `${left} s`} left`] : []),
  ];
  return parts.join(', ');
}

function printFailure(work: Work, { name }: Input, failure: Problem, asJson: boolean): void {
  if (work.signal.aborted) return;
  if (asJson) void work.stdout(`${JSON.stringify({ picture: name, error: problemOf(failure) })}\n`);
  work.stderr(`${printable(name)}: ${printable(failure.message)}\n`);
}
