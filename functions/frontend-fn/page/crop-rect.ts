/** A rectangle in a picture, in its pixels. */
export interface Rect {
  left: number;
  top: number;
  width: number;
  height: number;
}

export interface Size {
  width: number;
  height: number;
}

/** A place in the picture, as shares of its sides. */
export interface Place {
  x: number;
  y: number;
}

/** The sides or the corner that are dragged. */
export const HANDLES = ['nw', 'n', 'ne', 'e', 'se', 's', 'sw', 'w'] as const;
export type Handle = (typeof HANDLES)[number];

const within = (value: number, least: number, most: number): number => Math.min(Math.max(value, least), most);

/** The rectangle elsewhere; it stays inside the picture. */
export function moved(rect: Rect, dx: number, dy: number, picture: Size): Rect {
  const left = within(Math.round(rect.left + dx), 0, picture.width - rect.width);
  const top = within(Math.round(rect.top + dy), 0, picture.height - rect.height);
  return { ...rect, left, top };
}

/** The rectangle with some of its sides elsewhere, at least a pixel wide and high. @param ratio width by height */
export function resized(rect: Rect, handle: Handle, dx: number, dy: number, picture: Size, ratio?: number): Rect {
  const [west, north] = [handle.includes('w'), handle.includes('n')];
  const [across, down] = [west || handle.includes('e'), north || handle.includes('s')];
  const [right, bottom] = [rect.left + rect.width, rect.top + rect.height];
  const left = west ? within(Math.round(rect.left + dx), 0, right - 1) : rect.left;
  const top = north ? within(Math.round(rect.top + dy), 0, bottom - 1) : rect.top;
  const width = (across && !west ? within(Math.round(right + dx), left + 1, picture.width) : right) - left;
  const height = (down && !north ? within(Math.round(bottom + dy), top + 1, picture.height) : bottom) - top;
  const free = { left, top, width, height };
  if (ratio === undefined) return free;
  const wanted = across ? width : height * ratio;
  return shaped(free, wanted, ratio, picture, {
    x: west ? 1 : across ? 0 : 0.5,
    y: north ? 1 : down ? 0 : 0.5,
  });
}

/** The largest rectangle of a shape around the middle of another one, no larger than that. */
export function ofShape(rect: Rect, ratio: number | undefined, picture: Size): Rect {
  if (ratio === undefined) return rect;
  const width = Math.min(rect.width, rect.height * ratio);
  return shaped(rect, width, ratio, picture, { x: 0.5, y: 0.5 });
}

/** @param fixed the place in the rectangle that stays, as shares of its sides */
function shaped(rect: Rect, wanted: number, ratio: number, picture: Size, fixed: { x: number; y: number }): Rect {
  const [x, y] = [rect.left + rect.width * fixed.x, rect.top + rect.height * fixed.y];
  const room = (before: number, after: number, share: number): number =>
    Math.min(share > 0 ? before / share : Number.POSITIVE_INFINITY, share < 1 ? after / (1 - share) : Infinity);
  const most = Math.min(room(x, picture.width - x, fixed.x), room(y, picture.height - y, fixed.y) * ratio);
  const width = Math.max(1, Math.round(Math.min(wanted, most)));
  const height = within(Math.round(width / ratio), 1, picture.height);
  const left = within(Math.round(x - width * fixed.x), 0, picture.width - width);
  const top = within(Math.round(y - height * fixed.y), 0, picture.height - height);
  return { left, top, width, height };
}
