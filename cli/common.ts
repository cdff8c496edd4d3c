import { problemOf } from '#contract/problem-data';
import type { Problem } from '#contract/problems';
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

/** How a text is put before the model. @param of what the text is */
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
  /** For people. */
  text: string;
  /** For programs; nothing is printed for a picture without it. */
  json?: object;
}

/**
 * Works on all pictures, prints what becomes of each, and a summary.
 * @param jobs pictures under way at once where `--jobs` does not say
 * @returns the exit status
 */
export async function eachPicture(
  work: Work,
  inputs: Input[],
  one: (input: Input) => Promise<Output>,
  jobs = DEFAULT_JOBS,
): Promise<number> {
  if (inputs.length === 0) throw noPicture();
  const { given, signal } = work;
  const asJson = given.has('json');
  const progress = createProgress(work, inputs.length);
  const tell = (outcome: Outcome) => {
    progress.clear();
    if ('failure' in outcome) tellFailure(work, outcome.input, outcome.failure, asJson);
    else if (outcome.said !== '') void work.stdout(outcome.said);
  };
  const said = async (input: Input) => {
    const { text, json } = await one(input);
    if (!asJson) return text;
    return json ? `${JSON.stringify({ picture: input.name, ...json })}\n` : '';
  };
  const failed = await concurrently(inputs, said, {
    jobs: given.count('jobs', jobs, { min: 1, max: 64 }),
    signal,
    tell,
    progress: progress.show,
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

/** How far a command is with many pictures: one line at a terminal, which others replace; elsewhere nothing. */
export interface Progress {
  /** There are several pictures, and nobody asked for silence. */
  wanted: boolean;
  show(done: number, failed: number): void;
  /** Before anything else is printed. */
  clear(): void;
  /** Since the start. */
  seconds(): number;
}

export function createProgress({ given, live, stderr }: Work, all: number): Progress {
  const wanted = !given.has('quiet') && all > 1;
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

function tellFailure(work: Work, { name }: Input, failure: Problem, asJson: boolean): void {
  if (work.signal.aborted) return;
  if (asJson) void work.stdout(`${JSON.stringify({ picture: name, error: problemOf(failure) })}\n`);
  work.stderr(`${printable(name)}: ${printable(failure.message)}\n`);
}

/** Names and labels come from elsewhere: nothing in them may steer a terminal. */
export function printable(text: string): string {
  return text.replace(/\p{C}/gu, ' ');
}
