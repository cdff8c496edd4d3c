import type { Operation } from './operation.ts';
import * as all from './operations/index.ts';

export type OperationName = keyof typeof all;

// biome-ignore lint/suspicious/noExplicitAny: each operation checks its own options; here only the shape matters
export const operations = all satisfies Record<OperationName, Operation<any>>;

/** The most common operations; the others follow by name. */
const FIRST: readonly OperationName[] = [
  'rotate',
  'resize',
  'crop',
  'trim',
  'flip',
  'grayscale',
  'blur',
  'sharpen',
  'denoise',
  'cutout',
  'pixelate',
  'adjust',
  'pad',
  'watermark',
];

/** The order in docs, forms and messages. */
export const OPERATION_NAMES: readonly OperationName[] = [...new Set([...FIRST, ...namesOf(operations).toSorted()])];

function namesOf(of: typeof operations): OperationName[] {
  return Object.keys(of) as OperationName[];
}

/** An operation with its checked options. */
export interface Step {
  operation: OperationName;
  options: Record<string, unknown>;
  /** Whether to skip the step if it fails. */
  optional?: boolean;
  /** The second picture that the step needs, encoded. */
  overlay?: Buffer;
}

/** The operation of a step, without the type of its options. */
export function operationOf(step: Step): Operation {
  return operations[step.operation] as unknown as Operation;
}

/** Example steps of an operation, as text; none if it returns data. */
export function exampleSteps(name: OperationName): string[] {
  const operation = operationOf({ operation: name, options: {} });
  const examples = 'examples' in operation ? operation.examples : [];
  return examples.map((options) => (options === '' ? name : `${name}:${options}`));
}
