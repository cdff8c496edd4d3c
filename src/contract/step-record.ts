import type { LabelScore } from '#contract/classification';
import type { ProblemData } from '#contract/problem-data';

/** One step of one picture in a pipeline, as it is told. Times in milliseconds. */
export interface StepRecord {
  name: string;
  function: string;
  /** `queue` waiting for its turn, `call` from the first try to the answer, `work` what the function says it worked. */
  ms: { queue: number; call: number; work: number };
  /** When its picture was ready, since the run began. */
  start: number;
  tries: number;
  /** Of the picture that came out; of a step that answers with labels, the picture it saw. */
  bytes: number;
  width: number;
  height: number;
  labels?: LabelScore[];
  /** Why it was left out, or failed. */
  error?: ProblemData;
}

/** One picture's records in a run. */
export interface Recorded {
  steps: StepRecord[];
}
