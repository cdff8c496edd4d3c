import type { Size } from '../pixels.ts';

/** A grid of weighted colours: red, green and blue, multiplied by the weight, and the weight (0 unknown, 1 known). */
export interface WeighedColours extends Size {
  /** Four values per cell, row by row. */
  data: Float32Array;
}

/** Values per cell: premultiplied red, green, blue, and the weight. */
const CELL = 4;

/**
 * Fills unknown cells smoothly from known ones, however far away: the pull-push pyramid of Gortler et al. ("The
 * Lumigraph", 1996). Works in place and needs a third more memory. Afterwards all weights are 1, or all are 0 if
 * nothing was known.
 */
export function fillGaps(grid: WeighedColours): void {
  if (grid.width === 1 && grid.height === 1) {
    complete(grid.data);
    return;
  }
  const coarse = halved(grid);
  fillGaps(coarse);
  addMissing(grid, coarse);
}

/** Normalises the last cell, which summarises the whole grid. */
function complete(cell: Float32Array): void {
  const weight = cell[3] as number;
  if (weight > 0) for (let n = 0; n < CELL; n++) cell[n] = (cell[n] as number) / weight;
}

/** Combines four cells into one, of weight 1 at most. */
function halved({ data, width, height }: WeighedColours): WeighedColours {
  const half = { width: (width + 1) >> 1, height: (height + 1) >> 1 };
  const out = new Float32Array(half.width * half.height * CELL);
  for (let y = 0, to = 0; y < half.height; y++) {
    const below = y * 2 + 1 < height ? width * CELL : 0;
    for (let x = 0, from = y * 2 * width * CELL; x < half.width; x++, from += 2 * CELL, to += CELL) {
      const right = x * 2 + 1 < width ? CELL : 0;
      for (let n = 0; n < CELL; n++) {
        let sum = data[from + n] as number;
        if (right) sum = Math.fround(sum + (data[from + right + n] as number));
        if (below) sum = Math.fround(sum + (data[from + below + n] as number));
        if (right && below) sum = Math.fround(sum + (data[from + below + right + n] as number));
        out[to + n] = sum;
      }
      const weight = out[to + 3] as number;
      if (weight > 1) for (let n = 0; n < CELL; n++) out[to + n] = (out[to + n] as number) / weight;
    }
  }
  return { ...half, data: out };
}

/** Completes each cell from the coarser grid, interpolated between its cells. */
function addMissing({ data, width, height }: WeighedColours, coarse: WeighedColours): void {
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const at = (y * width + x) * CELL;
      const missing = 1 - (data[at + 3] as number);
      if (missing > 0) addBetween(coarse, (x - 0.5) / 2, (y - 0.5) / 2, missing, data, at);
    }
  }
}

/** Adds `share` of the grid's value at a position between its cells (bilinear; edge cells extend outwards). */
export function addBetween(
  { data, width, height }: WeighedColours,
  x: number,
  y: number,
  share: number,
  out: Float32Array,
  to: number,
): void {
  const placeX = Math.min(width - 1, Math.max(0, x));
  const placeY = Math.min(height - 1, Math.max(0, y));
  const left = Math.floor(placeX);
  const top = Math.floor(placeY);
  const right = Math.min(width - 1, left + 1);
  const bottom = Math.min(height - 1, top + 1);
  const shareX = placeX - left;
  const shareY = placeY - top;
  const a = (top * width + left) * CELL;
  const b = (top * width + right) * CELL;
  const c = (bottom * width + left) * CELL;
  const d = (bottom * width + right) * CELL;
  for (let n = 0; n < CELL; n++) {
    const above = (data[a + n] as number) * (1 - shareX) + (data[b + n] as number) * shareX;
    const below = (data[c + n] as number) * (1 - shareX) + (data[d + n] as number) * shareX;
    out[to + n] = (out[to + n] as number) + share * (above * (1 - shareY) + below * shareY);
  }
}
