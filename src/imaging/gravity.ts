import type { Size } from './pixels.ts';

/** Positions of a smaller picture within a larger one, in sharp's words. */
export const GRAVITIES = [
  'centre',
  'north',
  'northeast',
  'east',
  'southeast',
  'south',
  'southwest',
  'west',
  'northwest',
] as const;
export type Gravity = (typeof GRAVITIES)[number];

/**
 * The top left corner of a smaller picture within a larger one; it never extends beyond it.
 * @param offset pixels from the edges that the gravity names; for `centre`, right and down
 */
export function gravityOffset(
  inner: Size,
  outer: Size,
  gravity: Gravity,
  offset: { x: number; y: number },
): { left: number; top: number } {
  const axis = (space: number, near: boolean, far: boolean, by: number): number => {
    const start = near ? by : far ? space - by : Math.round(space / 2) + by;
    return Math.max(0, Math.min(space, start));
  };
  return {
    left: axis(outer.width - inner.width, gravity.endsWith('west'), gravity.endsWith('east'), offset.x),
    top: axis(outer.height - inner.height, gravity.startsWith('north'), gravity.startsWith('south'), offset.y),
  };
}
