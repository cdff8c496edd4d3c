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
  /** As the function's own options. */
  options: Record<string, string | number | boolean | string[]>;
  /** Whose picture it gets: `original`, or the name of an earlier step. */
  sees: string;
  /** What it answers with. After anything but a picture its own input goes on. */
  yields: 'picture' | 'labels' | 'anything';
  /** `skip`: the picture goes on as it came. */
  onError: 'fail' | 'skip';
  /** Milliseconds for all its tries, where the caller says so. */
  timeoutMs?: number;
  /** The colour put behind transparency before the call. */
  flatten?: string;
}

const MAX_STEPS = 12;

/** What a pipeline may call; an operator adds functions of the same gateway with `PIPELINE_FUNCTIONS`. */
const FUNCTIONS = ['clip-fn', 'rotate-fn', 'resize-fn', 'grayscale-fn', 'denoise-fn', 'cutout-fn', 'transform-fn'];
/** Operations that have a function of their own; transform-fn does the others. */
const OWN_FUNCTION: readonly string[] = ['rotate', 'resize', 'grayscale', 'denoise', 'cutout'];
/** Functions that call functions: a pipeline through one of them might never end. */
const CALLERS = ['pipeline-fn', 'frontend-fn'];

/** What a step says to the pipeline rather than to its function. */
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

/** Without `steps`, and without `PIPELINE_STEPS` to say otherwise. */
const DEFAULT_STEPS = 'denoise;cutout;classify';

/** As it is written: text, or JSON steps such as `{"step": "rotate", "angle": 90}`. */
export const stepsOption = writtenSteps('step', 8_000)
  .optional()
  .meta({ allowed: 'steps such as denoise:mode=median;rotate:90;classify:labels=cat|dog, or a JSON list of them' });

const GRAMMAR: StepGrammar = { option: 'steps', member: 'step', firstOption, lists: true };

/**
 * Reads steps as text (`denoise;rotate:90;classify:labels=cat|dog,sees=original`) or as data.
 * @throws Problem `option-invalid` or `option-unknown`, naming the step
 */
export function readSteps(given: z.output<typeof stepsOption>): PipelineStep[] {
  const written = parseSteps(given ?? envText('PIPELINE_STEPS', DEFAULT_STEPS), GRAMMAR);
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
    // A classifier has no transparency; what lies under it is often black, and never meant.
    ...((flatten ?? yields === 'labels') && { flatten: flatten ?? '#ffffff' }),
  };
}

/** Parts what a step says to the pipeline from what it says to its function. */
function divided(step: string, options: WrittenStep['options']): Record<'own' | 'rest', WrittenStep['options']> {
  // An operation may have an option of the same name as one of ours; then it is the operation's.
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

/** Refuses here what an operation would refuse later, when others have worked in vain. */
function functionOptions(step: string, called: string, given: Record<string, unknown>): PipelineStep['options'] {
  if (!isOperation(step)) return plain(given);
  const { options } = operations[step];
  parseOptions(withOutput(options as unknown as z.ZodObject), given);
  if (called !== 'transform-fn') return plain(given);
  const own = Object.entries(given).filter(([key]) => key in options.shape);
  const rest = Object.entries(given).filter(([key]) => !(key in options.shape));
  return {
    ...plain(Object.fromEntries(rest)),
    chain: JSON.stringify([{ operation: step, ...Object.fromEntries(own) }]),
  };
}

function plain(given: Record<string, unknown>): PipelineStep['options'] {
  return Object.fromEntries(Object.entries(given).map(([key, value]) => [key, plainValue(key, value)]));
}

function plainValue(key: string, value: unknown): PipelineStep['options'][string] {
  if (['string', 'number', 'boolean'].includes(typeof value)) return value as string | number | boolean;
  if (Array.isArray(value) && value.every((item) => typeof item === 'string')) {
    // A comma inside an item would part it again on the other side.
    return value.some((item) => item.includes(',')) ? JSON.stringify(value) : value;
  }
  throw invalid(`Option "${key.slice(0, 40)}" must be a text, a number, true or false, or a list of texts.`);
}

function freeName(wanted: string, said: boolean, before: PipelineStep[]): string {
  const taken = ['original', 'last', ...before.map(({ name }) => name)];
  if (!taken.includes(wanted)) return wanted;
  if (said) throw invalid(`There is another step with the name "${wanted}".`);
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
