import { operationOf, type Step } from './registry.ts';

/** Names of the pictures that steps need besides the one they work on, in the order of the steps. */
export function overlaysOf(steps: Step[]): string[] {
  return steps.flatMap((step) => operationOf(step).overlay?.(step.options) ?? []);
}

/** The steps with those pictures, given in the order of {@link overlaysOf}. */
export function withOverlays(steps: Step[], overlays: readonly { bytes: Buffer }[]): Step[] {
  const left = overlays.values();
  return steps.map((step) => {
    const overlay = operationOf(step).overlay ? left.next().value?.bytes : undefined;
    return overlay ? { ...step, overlay } : step;
  });
}
