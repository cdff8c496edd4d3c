import { PROBLEMS, Problem } from '#contract/problems';
import { Random } from './random.ts';

/** One parser and its promise. */
export interface Target {
  name: string;
  /** How many cases of all fall to it. */
  weight: number;
  /** Makes one case of random numbers; what it returns is shown when it fails. */
  make(random: Random): unknown;
  /** Tries it. @throws when the promise is broken */
  try(made: never): void | Promise<void>;
}

/** Longer than anything honest takes, even on a machine that does other work. */
const SLOW_MS = 1_000;

/** Runs so many cases of a target. @throws Error that names the case by seed and number, and shows it */
export async function fuzz(target: Target, seed: number, cases: number): Promise<void> {
  const before = Object.getOwnPropertyNames(Object.prototype).length;
  for (let number = 0; number < cases; number++) {
    const made = target.make(new Random(seed * 1_000_003 + number)) as never;
    const cpu = process.cpuUsage();
    try {
      const pending = target.try(made);
      if (pending) await pending;
      const { user } = process.cpuUsage(cpu);
      if (user / 1_000 > SLOW_MS) throw new Error(`it took ${Math.round(user / 1_000)} ms of CPU`);
      if (Object.getOwnPropertyNames(Object.prototype).length !== before)
        throw new Error('Object.prototype was changed');
    } catch (error) {
      throw new Error(`${target.name}, seed ${seed}, case ${number}: ${(error as Error).stack}\n${show(made)}`);
    }
  }
}

function show(made: unknown): string {
  return JSON.stringify(made, (_, value) =>
    value?.type === 'Buffer' ? Buffer.from(value.data).toString('latin1') : value,
  ).slice(0, 4_000);
}

/**
 * Runs a parser: it may succeed or throw a Problem of these statuses; anything else is broken.
 * @returns undefined after a Problem
 */
export function orProblem<T>(parse: () => T, statuses: readonly number[] = [400]): T | undefined {
  try {
    return parse();
  } catch (error) {
    checkProblem(error, statuses);
    return undefined;
  }
}

/** A refusal must be one that people can act on and that tells nothing of our insides. */
export function checkProblem(error: unknown, statuses: readonly number[]): asserts error is Problem {
  if (!(error instanceof Problem)) throw error;
  const { code, status, message } = error;
  if (!(code in PROBLEMS) || !statuses.includes(status))
    throw new Error(`problem ${status} ${code}: ${message}`, { cause: error });
  if (message.length < 10 || message.length > 1_000)
    throw new Error(`a detail of ${message.length} characters: ${message}`);
  if (/node_modules|\.ts:\d|\n\s+at /.test(message)) throw new Error(`a detail that tells of our insides: ${message}`);
}
