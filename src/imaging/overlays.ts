import { operationOf, type Step } from './registry.ts';

/** The names of the overlays that steps need, in the order of the steps. */
export function overlaysOf(steps: Step[]): string[] {
  return steps.flatMap((step) => operationOf(step).overlay?.(step.options) ?? []);
}

/** The steps with their overlays, which are given in the order of {@link overlaysOf}. */
export function withOverlays(steps: Step[], overlays: readonly { bytes: Buffer }[]): Step[] {
  const left = overlays.values();
  return steps.map((step) => {
    const overlay = operationOf(step).overlay ? left.next().value?.bytes : undefined;
    return overlay ? { ...step, overlay } : step;
  });
}
