import { encodeRequest } from '#client/encode-request';
import { type Answer, callFunction } from '#client/function-client';
import { withTries } from '#client/retry';
import { TIMES } from '#config/times';
import { type Classification, parseClassification } from '#contract/classification';
import { Problem } from '#contract/problems';
import type { StepRecord } from '#contract/step-record';
import { isStepTiming, parseServerTiming } from '#kit/server-timing';
import type { Limiter } from '#process/limiter';
import { flattened, type StagePicture, stagePicture } from './stage-picture.ts';
import type { PipelineStep } from './steps.ts';

export interface StepResult {
  record: StepRecord;
  picture: StagePicture;
  classification?: Classification;
}

/** What all steps of a run have in common. */
export interface RunRules {
  callId: string;
  signal: AbortSignal;
  /** By `performance.now()`. */
  started: number;
  deadline: number;
  limited: Limiter;
}

/**
 * Calls a step's function through the gateway; retries temporary failures.
 * @param readyAt when its picture was ready, by `performance.now()`
 * @param shares the time left is divided by this: the number of steps on the longest path from this one to the end
 * @throws Problem the function's, with the members `step` and `record`
 */
export async function callStep(
  step: PipelineStep,
  input: StagePicture,
  rules: RunRules,
  { readyAt, shares }: { readyAt: number; shares: number },
): Promise<StepResult> {
  const timer = new StepTimer(readyAt);
  const record = () => recordOf(step, input, rules.started, timer);
  try {
    return await rules.limited(async () => {
      timer.begin();
      const body = step.flatten ? await flattened(input, step.flatten, rules.signal) : input.bytes;
      const answer = await callWithRetries(step, body, rules, { shares, onAttempt: () => timer.countTry() });
      return await resultOf(step, input, answer, { signal: rules.signal, record });
    }, rules.signal);
  } catch (error) {
    throw asStepProblem(error, step, record());
  }
}

/** Measures how long a step waits for a free place, and how long its call takes. Times by `performance.now()`. */
class StepTimer {
  readonly readyAt: number;
  #began: number;
  #tries = 0;

  /** @param readyAt when its picture was ready */
  constructor(readyAt: number) {
    this.readyAt = readyAt;
    this.#began = readyAt;
  }

  /** The step has a place: its call begins. */
  begin(): void {
    this.#began = performance.now();
  }

  countTry(): void {
    this.#tries += 1;
  }

  get tries(): number {
    return this.#tries;
  }

  /** Milliseconds so far. */
  read(): { queue: number; call: number } {
    const now = performance.now();
    // A step that was never called spent all its time waiting.
    const turn = this.#tries === 0 ? now : this.#began;
    return { queue: tenths(turn - this.readyAt), call: tenths(now - turn) };
  }
}

async function callWithRetries(
  step: PipelineStep,
  body: Buffer,
  rules: RunRules,
  { shares, onAttempt }: { shares: number; onAttempt: () => void },
): Promise<Answer> {
  const now = performance.now();
  const share = Math.max(1, (rules.deadline - now) / shares);
  const { callId, signal } = rules;
  return withTries(
    (left) => {
      onAttempt();
      const request = encodeRequest(step.options, body);
      const timeoutMs = Math.min(left, TIMES.call);
      return callFunction(step.function, {
        ...request,
        accept: step.yields === 'labels' ? 'application/json' : '*/*',
        callId,
        signal,
        timeoutMs,
      });
    },
    { deadline: now + Math.min(share, step.timeoutMs ?? share), signal },
  );
}

/** The next step gets the picture of the answer; if the answer is not a picture, it gets this step's input. */
async function resultOf(
  step: PipelineStep,
  input: StagePicture,
  answer: Answer,
  { signal, record }: { signal: AbortSignal; record: () => StepRecord },
): Promise<StepResult> {
  const { headers, body } = answer;
  const type = headers['content-type'] ?? '';
  const called = record();
  // Stages of a function may overlap, so that their sum may exceed the call.
  called.ms.work = Math.min(workOf(headers['server-timing']), called.ms.call);
  if (/^image\//i.test(type)) {
    const picture = await stagePicture(body, type, { from: step.function, signal });
    const { width, height } = picture;
    return { picture, record: { ...called, bytes: body.length, width, height } };
  }
  const classification = parseClassification(body.toString('utf8'));
  if (step.yields === 'picture' || (step.yields === 'labels' && !classification)) {
    throw new Problem('function-failed', `The function ${step.function} answered with no ${step.yields}.`);
  }
  return { picture: input, record: called, ...(classification && { classification }) };
}

function recordOf(
  { name, function: called }: PipelineStep,
  { bytes, width, height }: StagePicture,
  started: number,
  timer: StepTimer,
): StepRecord {
  return {
    name,
    function: called,
    ms: { ...timer.read(), work: 0 },
    start: tenths(timer.readyAt - started),
    tries: timer.tries,
    bytes: bytes.length,
    width,
    height,
  };
}

/** The sum of all durations in `Server-Timing` (W3C); `step1`, `step2`, … are parts of the others and not added. */
export function workOf(header = ''): number {
  const stages = parseServerTiming(header).filter((entry) => !isStepTiming(entry));
  return tenths(stages.reduce((sum, { ms }) => sum + ms, 0));
}

/** Milliseconds to one decimal. */
export function tenths(ms: number): number {
  return Math.round(ms * 10) / 10;
}

/** The problem of a failed step, with the step's name and record. */
export class StepProblem extends Problem {
  readonly record: StepRecord;

  constructor(problem: Problem, record: StepRecord) {
    const { code, message, headers, cause } = problem;
    const members = { ...problem.members, step: record.name };
    super(code, message, { members, headers, ...(cause !== undefined && { cause }) });
    this.record = record;
  }
}

function asStepProblem(error: unknown, step: PipelineStep, record: StepRecord): unknown {
  if (error instanceof Problem) return new StepProblem(error, record);
  const late = error instanceof Error && ['AbortError', 'TimeoutError'].includes(error.name);
  if (!late) return error;
  return new StepProblem(new Problem('timed-out', `The step ${step.name} had no time left.`), record);
}
