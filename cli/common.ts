import { problemOf } from '#contract/problem-data';
import type { Problem } from '#contract/problems';
import type { Work } from './command.ts';
import { concurrently, type Outcome } from './concurrently.ts';
import { type Flags, grouped } from './flags.ts';
import type { Input } from './inputs.ts';
import { UsageError } from './usage.ts';

/** Flags of every command that calls functions. */
export const gatewayFlags: Flags = grouped('Gateway', {
  gateway: {
    value: 'URL',
    conflicts: ['host', 'port'],
    about: 'its address (OBSCURA_GATEWAY, OPENFAAS_URL; http://127.0.0.1:8080)',
  },
  host: { value: 'HOST', about: 'its address by host …' },
  port: { value: 'PORT', about: '… and port' },
  tries: { value: 'N', about: 'how often a call is tried in all when it fails in passing (3)' },
  timeout: { value: 'SECONDS', about: 'for each picture (60)' },
});

/** Flags of every command that works on pictures. */
export const batchFlags: Flags = grouped('Many pictures', {
  jobs: { value: 'N', short: 'j', about: 'pictures under way at once (4)' },
  json: { about: 'one JSON object a picture, one a line' },
  quiet: { short: 'q', about: 'no progress, no summary' },
});

export interface Output {
  /** For people. */
  text: string;
  /** For programs. */
  json: object;
}

/** Works on all pictures, prints what becomes of each, and a summary. @returns the exit status */
export async function eachPicture(
  work: Work,
  inputs: Input[],
  one: (input: Input) => Promise<Output>,
): Promise<number> {
  if (inputs.length === 0) throw noPicture();
  const { given, signal } = work;
  const asJson = given.has('json');
  const jobs = given.count('jobs', 4, { min: 1, max: 64 });
  const shown = !given.has('quiet') && inputs.length > 1;
  const began = performance.now();
  const line = (text: string) => work.live && shown && work.stderr(`\r\u001b[K${text}`);
  const tell = (outcome: Outcome) => {
    line('');
    if ('failure' in outcome) tellFailure(work, outcome.input, outcome.failure, asJson);
    else if (outcome.said !== '') void work.stdout(outcome.said);
  };
  const said = async (input: Input) => {
    const { text, json } = await one(input);
    return asJson ? `${JSON.stringify({ picture: input.name, ...json })}\n` : text;
  };
  const progress = (done: number, failed: number) => line(bar(done, failed, inputs.length));
  const failed = await concurrently(inputs, said, { jobs, signal, tell, progress });
  line('');
  if (shown && !signal.aborted) {
    const seconds = ((performance.now() - began) / 1000).toFixed(1);
    work.stderr(`${inputs.length - failed} done, ${failed} failed, in ${seconds} s\n`);
  }
  return failed > 0 ? 1 : 0;
}

export function noPicture(): UsageError {
  return new UsageError('There is no picture: name files, folders, addresses, or - for stdin.');
}

const BAR = 24;

/** `██████░░░░░░ 12 of 24, 1 failed` */
export function bar(done: number, failed: number, all: number): string {
  const full = Math.round((done / all) * BAR);
  return `${'█'.repeat(full)}${'░'.repeat(BAR - full)} ${done} of ${all}${failed > 0 ? `, ${failed} failed` : ''}`;
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
