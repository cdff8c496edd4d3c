import { Problem } from '#contract/problems';
import type { Input } from './inputs.ts';

/** What became of one picture: text for stdout, or what went wrong. */
export type Outcome = { input: Input; said: string } | { input: Input; failure: Problem };

export interface ConcurrencyOptions {
  /** Pictures under way at once. */
  jobs: number;
  signal: AbortSignal;
  /** Told in the order of the pictures, each as soon as those before it are told. */
  tell(outcome: Outcome): void;
  /** Told whenever one is done. */
  progress(done: number, failed: number): void;
}

/**
 * Works on pictures, several at once; one that fails fails alone.
 * @returns how many failed
 */
export async function concurrently(
  inputs: Input[],
  work: (input: Input) => Promise<string>,
  { jobs, signal, tell, progress }: ConcurrencyOptions,
): Promise<number> {
  const waiting: (Outcome | undefined)[] = [];
  let [next, reported, done, failed] = [0, 0, 0, 0];
  const one = async (input: Input): Promise<Outcome> => {
    try {
      return { input, said: await work(input) };
    } catch (error) {
      if (!(error instanceof Problem)) throw error;
      failed++;
      return { input, failure: error };
    }
  };
  const worker = async () => {
    while (next < inputs.length && !signal.aborted) {
      const index = next++;
      waiting[index] = await one(inputs[index] as Input);
      progress(++done, failed);
      for (let outcome = waiting[reported]; outcome; outcome = waiting[++reported]) {
        tell(outcome);
        // Answers may be long; what is told need not be kept.
        waiting[reported] = undefined;
      }
    }
  };
  await Promise.all(Array.from({ length: Math.min(jobs, inputs.length) }, worker));
  return failed;
}
