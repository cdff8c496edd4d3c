import type { Place, Rect, Size } from './crop-rect.ts';

const within = (value: number, most: number): number => Math.min(most, Math.max(0, value));
/** Finer than a pixel of any picture that is shown. */
const rounded = (share: number): number => Math.round(share * 10_000) / 10_000;

/** A place in a picture as shares of its sides; never outside. */
export function placeIn(x: number, y: number): Place {
  return { x: rounded(within(x, 1)), y: rounded(within(y, 1)) };
}

/** The part that a resize with `fit=cover` keeps, as shares of the picture's sides. @param box to be covered */
export function keptAround(focus: Place, box: Size, picture: Size): Rect {
  const scale = Math.max(box.width / picture.width, box.height / picture.height);
  const [width, height] = [box.width / scale / picture.width, box.height / scale / picture.height];
  return { left: within(focus.x - width / 2, 1 - width), top: within(focus.y - height / 2, 1 - height), width, height };
}
