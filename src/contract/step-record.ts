import type { LabelScore } from '#contract/classification';
import type { ProblemData } from '#contract/problem-data';

/** The record of one step for one picture. Times in milliseconds. */
export interface StepRecord {
  name: string;
  function: string;
  /** `queue`: waiting; `call`: from the first attempt to the answer; `work`: the function's own `Server-Timing`. */
  ms: { queue: number; call: number; work: number };
  /** When its input was ready, from the start of the run. */
  start: number;
  tries: number;
  /** The size of its picture; for a step that answers with labels, of its input. */
  bytes: number;
  width: number;
  height: number;
  labels?: LabelScore[];
  /** Why it was skipped or failed. */
  error?: ProblemData;
}

/** The records of one picture. */
export interface Recorded {
  steps: StepRecord[];
}
