import type { Classification } from '#contract/classification';
import { type ProblemData, problemOf } from '#contract/problem-data';
import type { StepRecord } from '#contract/step-record';
import type { Picture } from '#intake';
import { createLimiter } from '#process/limiter';
import { callStep, type RunRules, StepProblem, type StepResult } from './call-step.ts';
import { type StagePicture, staged } from './stage-picture.ts';
import type { PipelineStep } from './steps.ts';

/** One picture's way through the steps. */
export interface PictureRun {
  /** In the order of the steps; those that never began are missing. */
  steps: StepRecord[];
  /** Of the last step that answered with labels. */
  classification?: Classification;
  /** The picture at the end, where it was asked for. */
  last?: StagePicture;
  /** What each step made, as far as it was asked for. */
  pictures: Map<string, StagePicture>;
  error?: ProblemData;
  /** What was thrown, for whoever wants to throw it on. */
  failure?: unknown;
}

export interface Watcher {
  step?(index: number, record: StepRecord, picture: StagePicture): void | Promise<void>;
  picture?(index: number, run: PictureRun): void;
}

export interface RunOptions {
  /** Which pictures are wanted in the end; the others are let go of on the way. */
  keep: 'none' | 'last' | 'all';
  watch: Watcher;
}

/** Pictures of one run under way at once: what they become in between is in memory. */
const PICTURES_AT_ONCE = 8;

/**
 * Sends pictures through the steps, several at once; each flows on as soon as it can. A picture
 * that fails spoils nothing but itself.
 * @param pictures in place of one that is none, what is wrong with it
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
  // What waits for a failed step fails with it; what runs beside it is not worth ending.
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

/** Runs one step as soon as its picture is ready. */
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

/** How many steps, this one included, wait for each other from here on. */
export function depthFrom(step: PipelineStep, steps: PipelineStep[]): number {
  const next = steps.filter(({ sees }) => sees === step.name);
  return 1 + Math.max(0, ...next.map((after) => depthFrom(after, steps)));
}

/** What the steps made of the picture, as far as they came. */
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
