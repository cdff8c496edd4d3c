import type { Classification } from '#contract/classification';
import { type ProblemData, problemOf } from '#contract/problem-data';
import type { StepRecord } from '#contract/step-record';
import type { Picture } from '#intake';
import { createLimiter } from '#process/limiter';
import { callStep, type RunRules, StepProblem, type StepResult } from './call-step.ts';
import { type StagePicture, staged } from './stage-picture.ts';
import type { PipelineStep } from './steps.ts';

/** The results of one picture. */
export interface PictureRun {
  /** In the order of the steps, without those that never began. */
  steps: StepRecord[];
  /** From the last step that answered with labels. */
  classification?: Classification;
  /** The final picture, if requested. */
  last?: StagePicture;
  /** The picture of each step, if requested. */
  pictures: Map<string, StagePicture>;
  error?: ProblemData;
  /** What was thrown, so that a caller can rethrow it. */
  failure?: unknown;
}

export interface Watcher {
  step?(index: number, record: StepRecord, picture: StagePicture): void | Promise<void>;
  picture?(index: number, run: PictureRun): void;
}

export interface RunOptions {
  /** Which pictures to keep until the end. */
  keep: 'none' | 'last' | 'all';
  watch: Watcher;
}

/** Pictures of one run that are worked on at once; their intermediate results are in memory. */
const PICTURES_AT_ONCE = 8;

/**
 * Runs pictures through the steps, several at once; each step starts as soon as its input is ready. A picture that
 * fails does not affect the others.
 * @param pictures or, in place of one that cannot be read, its error
 */
export function runPipeline(
  pictures: (Picture | Error)[],
  steps: PipelineStep[],
  rules: RunRules,
  options: RunOptions,
): Promise<PictureRun[]> {
  const turn = createLimiter({ running: PICTURES_AT_ONCE, waiting: pictures.length });
  return Promise.all(
    pictures.map((picture, index) =>
      turn(async () => {
        const run =
          picture instanceof Error ? failed(picture) : await runPicture(picture, index, steps, rules, options);
        options.watch.picture?.(index, run);
        return run;
      }),
    ),
  );
}

function failed(failure: unknown): PictureRun {
  return { steps: [], pictures: new Map(), error: problemOf(failure), failure };
}

async function runPicture(
  picture: Picture,
  index: number,
  steps: PipelineStep[],
  rules: RunRules,
  { keep, watch }: RunOptions,
): Promise<PictureRun> {
  const stop = new AbortController();
  const own = { ...rules, signal: AbortSignal.any([rules.signal, stop.signal]) };
  const { bytes, ...header } = picture;
  const original = staged(bytes, `image/${header.format}`, header);
  const done = new Map<string, Promise<StepResult>>();
  // A failed step stops the others of its picture.
  let failure: unknown;
  const fail = (error: unknown): void => {
    failure ??= error;
    stop.abort();
  };
  for (const step of steps) {
    const input = step.sees === 'original' ? undefined : done.get(step.sees);
    const result = startStep(step, input?.then(({ picture }) => picture) ?? original, steps, own);
    const reported = result.then(async (one) => {
      await watch.step?.(index, one.record, one.picture);
      return one;
    });
    reported.catch(fail);
    done.set(step.name, reported);
  }
  const settled = await Promise.allSettled(done.values());
  return finished(collect(steps, settled, keep), failure);
}

/** Runs one step as soon as its input is ready. */
async function startStep(
  step: PipelineStep,
  input: StagePicture | Promise<StagePicture>,
  steps: PipelineStep[],
  rules: RunRules,
): Promise<StepResult> {
  const picture = await input;
  const readyAt = input instanceof Promise ? performance.now() : rules.started;
  try {
    return await callStep(step, picture, rules, { readyAt, shares: depthFrom(step, steps) });
  } catch (error) {
    if (step.onError !== 'skip' || !(error instanceof StepProblem) || rules.signal.aborted) throw error;
    return { picture, record: { ...error.record, error: problemOf(error) } };
  }
}

/** The length of the longest path from this step to the end, itself included. */
export function depthFrom(step: PipelineStep, steps: PipelineStep[]): number {
  const next = steps.filter(({ sees }) => sees === step.name);
  return 1 + Math.max(0, ...next.map((after) => depthFrom(after, steps)));
}

/** Collects what the steps made, as far as they got. */
function collect(
  steps: PipelineStep[],
  settled: PromiseSettledResult<StepResult>[],
  keep: RunOptions['keep'],
): PictureRun {
  const run: PictureRun = { steps: [], pictures: new Map() };
  const several = steps.filter(({ yields }) => yields === 'labels').length > 1;
  for (const [index, result] of settled.entries()) {
    const step = steps[index] as PipelineStep;
    if (result.status === 'rejected') continue;
    const { record, picture, classification } = result.value;
    run.steps.push(classification && several ? { ...record, labels: classification.labels } : record);
    if (classification) run.classification = classification;
    if (step.yields === 'labels' || keep === 'none') continue;
    run.last = picture;
    if (keep === 'all' && !record.error) run.pictures.set(step.name, picture);
  }
  return run;
}

function finished(run: PictureRun, failure: unknown): PictureRun {
  if (failure === undefined) return run;
  const error = problemOf(failure);
  if (failure instanceof StepProblem) run.steps.push({ ...failure.record, error });
  return { ...run, error, failure };
}
