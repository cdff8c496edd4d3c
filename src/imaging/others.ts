import { operationOf, type Step } from './registry.ts';

/** Names of the pictures that steps need besides the one they work on, in the order of the steps. */
export function othersOf(steps: Step[]): string[] {
  return steps.flatMap((step) => operationOf(step).other?.(step.options) ?? []);
}

/** The steps with those pictures, given in the order of {@link othersOf}. */
export function withOthers(steps: Step[], others: readonly { bytes: Buffer }[]): Step[] {
  const left = others.values();
  return steps.map((step) => {
    const other = operationOf(step).other ? left.next().value?.bytes : undefined;
    return other ? { ...step, other } : step;
  });
}
