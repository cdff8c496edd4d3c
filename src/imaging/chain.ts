import type * as z from 'zod';
import { parseOptions } from '#contract/options';
import { Problem } from '#contract/problems';
import { parseSteps, type StepGrammar, writtenSteps } from '#contract/steps';
import { ORDER } from './operation.ts';
import { OPERATION_NAMES, type OperationName, operationOf, operations, type Step } from './registry.ts';

const MAX_STEPS = 20;

/** A chain as clients write it: text, or as JSON steps such as `{"operation": "rotate", "angle": 90}`. */
const writtenChain = writtenSteps('operation', 4_000).meta({
  allowed: 'a chain such as rotate:90;resize:width=512,height=512,fit=cover;grayscale',
});

/** A chain as an option; its steps are read and checked once, here. */
export const chainOption = writtenChain.transform((chain) => parseChain(chain));

/** A bare value is the operation's first option. */
const GRAMMAR: StepGrammar = {
  option: 'chain',
  member: 'operation',
  // What is no operation is refused as such, whatever follows it.
  firstOption: (name) => (isOperation(name) ? Object.keys(operations[name].options.shape)[0] : 'value'),
};

/**
 * Parses a chain: `rotate:90;resize:width=512,fit=cover;grayscale`, or the same as JSON steps. A step with
 * `onError=skip` is skipped if it fails.
 * @throws Problem `option-invalid` or `option-unknown` that names the step
 */
export function parseChain(chain: z.input<typeof writtenChain>): Step[] {
  const written = parseSteps(chain, GRAMMAR);
  if (written.length === 0 || written.length > MAX_STEPS) {
    throw invalid(`A chain has 1 to ${MAX_STEPS} steps; this one has ${written.length}.`);
  }
  const steps = written.map(({ name, options }, index) => checkStep(name, options, index + 1));
  const early = steps.slice(0, -1).find((step) => 'describe' in operationOf(step));
  if (early) throw invalid(`${early.operation} answers with data, so it must be the last step.`);
  return steps;
}

function isOperation(name: string): name is OperationName {
  return (OPERATION_NAMES as readonly string[]).includes(name);
}

function checkStep(operation: string, options: Record<string, unknown>, place: number): Step {
  if (!isOperation(operation)) {
    const name = operation.slice(0, 40);
    throw new Problem(
      'option-invalid',
      `Step ${place} of the chain: there is no operation "${name}"; there are ${OPERATION_NAMES.join(', ')}.`,
      { members: { option: 'chain', allowed: OPERATION_NAMES } },
    );
  }
  const { onError = 'fail', ...own } = options;
  if (onError !== 'fail' && onError !== 'skip') throw invalid(`Step ${place} of the chain: onError is fail or skip.`);
  try {
    const checked = parseOptions(operationOf({ operation, options }).options, own);
    return { operation, options: checked, ...(onError === 'skip' && { optional: true }) };
  } catch (error) {
    if (!(error instanceof Problem)) throw error;
    throw new Problem(error.code, `Step ${place} of the chain (${operation}): ${error.message}`, {
      members: error.members,
    });
  }
}

function invalid(detail: string): Problem {
  return new Problem('option-invalid', detail, { members: { option: 'chain' } });
}

/** Steps that one sharp graph executes in the caller's order, or one step on decoded pixels. */
export type Pass = { graph: Step[] } | { pixels: Step };

/**
 * Splits steps into passes. sharp runs its operations in a fixed order and keeps only the last of repeated calls, so a
 * step joins a graph only if its `order` is higher.
 */
export function passes(steps: Step[]): Pass[] {
  const all: Pass[] = [];
  let graph: Step[] = [];
  let last: number = ORDER.alone;
  for (const step of steps) {
    const operation = operationOf(step);
    // An optional step gets a graph of its own, so that it can be skipped alone.
    const order = 'order' in operation && !step.optional ? operation.order(step.options) : ORDER.alone;
    if (order > last) graph.push(step);
    else if ('work' in operation) all.push({ pixels: step });
    else if ('describe' in operation) continue;
    else {
      graph = [step];
      all.push({ graph });
    }
    last = order;
  }
  return all;
}
