import type { ClassificationState } from './classifications.ts';
import type { Picture } from './picture.ts';

export type SheetOrder = 'added' | 'name' | 'label' | 'sure' | 'unsure' | 'found';

type StateOf = (picture: Picture) => ClassificationState;
type Compare = (a: Picture, b: Picture) => number;

/** What is not known yet comes last. */
const LAST = '\uFFFF';

/**
 * Pictures in another order; equal ones as they were added.
 * @param places of each picture among what was found by words, best first
 */
export function inOrder(
  pictures: readonly Picture[],
  order: SheetOrder,
  stateOf: StateOf,
  places: ReadonlyMap<Picture, number>,
): readonly Picture[] {
  const best = (picture: Picture) => stateOf(picture).found?.classification.labels[0];
  const text = (a: string, b: string): number => a.localeCompare(b, undefined, { numeric: true });
  const compare: Record<SheetOrder, Compare> = {
    added: () => 0,
    name: (a, b) => text(a.name, b.name),
    label: (a, b) => text(best(a)?.label ?? LAST, best(b)?.label ?? LAST),
    sure: (a, b) => (best(b)?.score ?? -1) - (best(a)?.score ?? -1),
    unsure: (a, b) => (best(a)?.score ?? 2) - (best(b)?.score ?? 2),
    found: (a, b) => (places.get(a) ?? pictures.length) - (places.get(b) ?? pictures.length),
  };
  return [...pictures].sort(compare[order]);
}
