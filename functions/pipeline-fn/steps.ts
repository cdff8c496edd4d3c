import * as z from 'zod';
import { envText } from '#config/env';
import { colourOption, enumOption, numberOption, parseOptions } from '#contract/options';
import { Problem } from '#contract/problems';
import { parseSteps, type StepGrammar, type WrittenStep, writtenSteps } from '#contract/steps';
import { OPERATION_NAMES, type OperationName, operations, withOutput } from '#imaging';

/** One function call of a pipeline. */
export interface PipelineStep {
  /** Unique in its pipeline. */
  name: string;
  function: string;
  /** Options of the function. */
  options: Record<string, string | number | boolean | string[]>;
  /** Its input: `original`, or the name of an earlier step. */
  sees: string;
  /** What it answers with. If that is not a picture, the next step gets this step's input. */
  yields: 'picture' | 'labels' | 'anything';
  /** `skip`: if it fails, the next step gets this step's input. */
  onError: 'fail' | 'skip';
  /** Time limit for all attempts, in milliseconds, if the caller sets one. */
  timeoutMs?: number;
  /** The colour put behind transparency before the call. */
  flatten?: string;
}

const MAX_STEPS = 12;

/** Functions that a pipeline may call; `PIPELINE_FUNCTIONS` adds more of the same gateway. */
const FUNCTIONS = ['clip-fn', 'rotate-fn', 'resize-fn', 'grayscale-fn', 'denoise-fn', 'cutout-fn', 'transform-fn'];
/** Operations that have a function of their own; transform-fn does the others. */
const OWN_FUNCTION: readonly string[] = ['rotate', 'resize', 'grayscale', 'denoise', 'cutout'];
/** Functions that call functions; a pipeline must not call them, as it might never end. */
const CALLERS = ['pipeline-fn', 'frontend-fn'];

/** Options of a step that the pipeline uses; all others are the function's. */
const stepRules = z.object({
  name: z
    .string()
    .regex(/^[a-z0-9][a-z0-9-]{0,31}$/)
    .optional()
    .meta({ allowed: '1 to 32 lower-case letters, digits and dashes' }),
  sees: z.string().max(32).default('last').describe('original, last, or the name of an earlier step'),
  onError: enumOption(['fail', 'skip']).default('fail'),
  timeout: numberOption({ min: 0.1, max: 55, unit: 's' }).optional(),
  flatten: colourOption().optional(),
});

/** The steps of a request that has none, unless `PIPELINE_STEPS` says otherwise. */
const DEFAULT_STEPS = 'denoise;cutout;classify';

/** Text, or JSON steps such as `{"step": "rotate", "angle": 90}`. */
export const stepsOption = writtenSteps('step', 8_000)
  .optional()
  .meta({ allowed: 'steps such as denoise:mode=median;rotate:90;classify:labels=cat|dog, or a JSON list of them' });

const GRAMMAR: StepGrammar = { option: 'steps', member: 'step', firstOption, lists: true };

/**
 * Reads steps from text (`denoise;rotate:90;classify:labels=cat|dog,sees=original`) or JSON.
 * @throws Problem `option-invalid` or `option-unknown`, naming the step
 */
export function readSteps(text: z.output<typeof stepsOption>): PipelineStep[] {
  const written = parseSteps(text ?? envText('PIPELINE_STEPS', DEFAULT_STEPS), GRAMMAR);
  if (written.length === 0 || written.length > MAX_STEPS) {
    throw invalid(`A pipeline has 1 to ${MAX_STEPS} steps; this one has ${written.length}.`);
  }
  const steps: PipelineStep[] = [];
  for (const [index, step] of written.entries()) {
    try {
      steps.push(readStep(step, steps));
    } catch (error) {
      if (!(error instanceof Problem)) throw error;
      const where = `Step ${index + 1} (${step.name.slice(0, 40)}): ${error.message}`;
      throw new Problem(error.code, where, { members: { ...error.members, step: index + 1 } });
    }
  }
  return steps;
}

function readStep({ name: step, options }: WrittenStep, before: PipelineStep[]): PipelineStep {
  const called = calledFunction(step);
  const { own, rest } = divided(step, options);
  const { name, sees, onError, timeout, flatten } = parseOptions(stepRules, own);
  const yields = called === 'clip-fn' ? 'labels' : FUNCTIONS.includes(called) ? 'picture' : 'anything';
  return {
    name: freeName(name ?? step.replace(/-fn$/, ''), name !== undefined, before),
    function: called,
    options: functionOptions(step, called, rest),
    sees: inputOf(sees, before),
    yields,
    onError,
    ...(timeout !== undefined && { timeoutMs: timeout * 1_000 }),
    // A classifier ignores transparency and would see the colour below it, which is often black.
    ...((flatten ?? yields === 'labels') && { flatten: flatten ?? '#ffffff' }),
  };
}

/** Separates the pipeline's options of a step from its function's. */
function divided(step: string, options: WrittenStep['options']): Record<'own' | 'rest', WrittenStep['options']> {
  // If an operation has an option of the same name, it is the operation's.
  const theirs = isOperation(step) ? Object.keys(operations[step].options.shape) : [];
  const ours = Object.keys(stepRules.shape).filter((name) => !theirs.includes(name));
  const entries = Object.entries(options);
  return {
    own: Object.fromEntries(entries.filter(([name]) => ours.includes(name))),
    rest: Object.fromEntries(entries.filter(([name]) => !ours.includes(name))),
  };
}

function isOperation(name: string): name is OperationName {
  return (OPERATION_NAMES as readonly string[]).includes(name);
}

function calledFunction(step: string): string {
  const extra = envText('PIPELINE_FUNCTIONS', '').split(',');
  const known = [...FUNCTIONS, ...extra.map((name) => name.trim())].filter((name) => !CALLERS.includes(name));
  if (step === 'classify') return 'clip-fn';
  if (isOperation(step)) return OWN_FUNCTION.includes(step) ? `${step}-fn` : 'transform-fn';
  const found = known.find((name) => name !== '' && (name === step || name === `${step}-fn`));
  if (found) return found;
  const names = ['classify', ...OPERATION_NAMES, ...known.filter(Boolean)];
  throw invalid(`There is no such step; there are ${names.join(', ')}.`, { allowed: names });
}

/** Checks an operation's options before any step runs. */
function functionOptions(step: string, called: string, written: Record<string, unknown>): PipelineStep['options'] {
  if (!isOperation(step)) return encodable(written);
  const { options } = operations[step];
  parseOptions(withOutput(options as unknown as z.ZodObject), written);
  if (called !== 'transform-fn') return encodable(written);
  const own = Object.entries(written).filter(([key]) => key in options.shape);
  const rest = Object.entries(written).filter(([key]) => !(key in options.shape));
  return {
    ...encodable(Object.fromEntries(rest)),
    chain: JSON.stringify([{ operation: step, ...Object.fromEntries(own) }]),
  };
}

function encodable(options: Record<string, unknown>): PipelineStep['options'] {
  return Object.fromEntries(Object.entries(options).map(([key, value]) => [key, encodableValue(key, value)]));
}

function encodableValue(key: string, value: unknown): PipelineStep['options'][string] {
  if (['string', 'number', 'boolean'].includes(typeof value)) return value as string | number | boolean;
  if (Array.isArray(value) && value.every((item) => typeof item === 'string')) {
    // As JSON, because the function splits a list at commas.
    return value.some((item) => item.includes(',')) ? JSON.stringify(value) : value;
  }
  throw invalid(`Option "${key.slice(0, 40)}" must be a text, a number, true or false, or a list of texts.`);
}

function freeName(wanted: string, isExplicit: boolean, before: PipelineStep[]): string {
  const taken = ['original', 'last', ...before.map(({ name }) => name)];
  if (!taken.includes(wanted)) return wanted;
  if (isExplicit) throw invalid(`Two steps have the name "${wanted}".`);
  return freeName(
    wanted.replace(/(?:-(\d+))?$/, (_, count) => `-${Number(count ?? 1) + 1}`),
    false,
    before,
  );
}

function inputOf(sees: string, before: PipelineStep[]): string {
  if (sees === 'original') return sees;
  if (sees === 'last') return before.findLast(({ yields }) => yields !== 'labels')?.name ?? 'original';
  if (before.some(({ name }) => name === sees)) return sees;
  const names = ['original', 'last', ...before.map(({ name }) => name)];
  throw invalid(`"sees" names no earlier step; here it may be ${names.join(', ')}.`, { allowed: names });
}

function firstOption(step: string): string | undefined {
  if (step === 'classify' || step === 'clip-fn') return 'labels';
  const operation = step.replace(/-fn$/, '');
  return isOperation(operation) ? Object.keys(operations[operation].options.shape)[0] : undefined;
}

function invalid(detail: string, members: Record<string, unknown> = {}): Problem {
  return new Problem('option-invalid', detail, { members: { option: 'steps', ...members } });
}
