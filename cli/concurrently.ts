import { Problem } from '#contract/problems';
import type { Input } from './inputs.ts';

/** The result of one picture: text for stdout, or the failure. */
export type Outcome = { input: Input; output: string } | { input: Input; failure: Problem };

interface ConcurrencyOptions {
  /** Pictures worked on at once. */
  jobs: number;
  signal: AbortSignal;
  /** Called in the order of the pictures. */
  onOutcome(outcome: Outcome): void;
  /** Called when a picture is done, in any order. */
  onProgress(done: number, failed: number): void;
}

/**
 * Works on several pictures at once. A failure does not stop the others.
 * @returns how many failed
 */
export async function concurrently(
  inputs: Input[],
  work: (input: Input) => Promise<string>,
  { jobs, signal, onOutcome, onProgress }: ConcurrencyOptions,
): Promise<number> {
  const waiting: (Outcome | undefined)[] = [];
  let [next, reported, done, failed] = [0, 0, 0, 0];
  const one = async (input: Input): Promise<Outcome> => {
    try {
      return { input, output: await work(input) };
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
      onProgress(++done, failed);
      for (let outcome = waiting[reported]; outcome; outcome = waiting[++reported]) {
        onOutcome(outcome);
        // Outputs may be large: not kept in memory any longer.
        waiting[reported] = undefined;
      }
    }
  };
  await Promise.all(Array.from({ length: Math.min(jobs, inputs.length) }, worker));
  return failed;
}
