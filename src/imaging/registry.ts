import type { Operation } from './operation.ts';
import { convert } from './operations/convert.ts';
import { grayscale } from './operations/grayscale.ts';
import { resize } from './operations/resize.ts';
import { rotate } from './operations/rotate.ts';

export const OPERATION_NAMES = ['rotate', 'resize', 'grayscale', 'convert'] as const;
export type OperationName = (typeof OPERATION_NAMES)[number];

/** Every operation there is. Adding one is adding its file, its name above and its line here. */
// biome-ignore lint/suspicious/noExplicitAny: each operation checks its own options; here only the shape matters
export const operations = { rotate, resize, grayscale, convert } satisfies Record<OperationName, Operation<any>>;

/** One operation with its checked options. */
export interface Step {
  operation: OperationName;
  options: Record<string, unknown>;
}

/** The operation of a step, seen as any operation. */
export function operationOf(step: Step): Operation {
  return operations[step.operation] as unknown as Operation;
}
