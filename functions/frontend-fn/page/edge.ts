import type { Place } from './crop-rect.ts';

/** Enough to find an edge. */
const SIDE = 160;
/** Of 255: what two pictures may differ by and still be the same there. */
const SAME = 24;

/** Of the sides of a window that is looked into, in pixels of the small copies. */
const WINDOW = 8;

/** Where the edge of a cut-out object runs: where a small window is half object and half background. */
export function edgePlace(before: HTMLImageElement, after: HTMLImageElement): Place {
  const width = SIDE;
  const height = Math.max(1, Math.round((SIDE * after.naturalHeight) / after.naturalWidth));
  const [was, is] = [pixelsOf(before, width, height), pixelsOf(after, width, height)];
  let best = { x: 0.5, y: 0.5, mixed: 0 };
  if (!was || !is) return best;
  for (let y = WINDOW; y < height - WINDOW; y += 2) {
    for (let x = WINDOW; x < width - WINDOW; x += 2) {
      const mixed = mixedAround(x, y, (column, row) => isObject(was, is, 4 * (row * width + column)));
      if (mixed > best.mixed) best = { x: x / width, y: y / height, mixed };
    }
  }
  return best;
}

/** How many pixels around a place are of the kind that is rarer there. */
function mixedAround(x: number, y: number, isInside: (x: number, y: number) => boolean): number {
  let inside = 0;
  let all = 0;
  for (let row = y - WINDOW; row < y + WINDOW; row += 2) {
    for (let column = x - WINDOW; column < x + WINDOW; column += 2) {
      all += 1;
      if (isInside(column, row)) inside += 1;
    }
  }
  return Math.min(inside, all - inside);
}

/** On a new background, what is as it was is the object. */
function isObject(was: Uint8ClampedArray, is: Uint8ClampedArray, at: number): boolean {
  const differs = [0, 1, 2].some((channel) => Math.abs((was[at + channel] ?? 0) - (is[at + channel] ?? 0)) > SAME);
  return (is[at + 3] ?? 0) > 127 && !differs;
}

function pixelsOf(image: HTMLImageElement, width: number, height: number): Uint8ClampedArray | undefined {
  const canvas = Object.assign(document.createElement('canvas'), { width, height });
  const drawing = canvas.getContext('2d', { willReadFrequently: true });
  drawing?.drawImage(image, 0, 0, width, height);
  return drawing?.getImageData(0, 0, width, height).data;
}
