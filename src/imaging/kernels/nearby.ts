import type { Pixels } from '../pixels.ts';

/** The minimum and maximum within `reach` pixels of each pixel of a row. */
export interface Nearby {
  least: Uint8Array;
  most: Uint8Array;
}

/**
 * Minimum and maximum around each pixel (a square of 2 · reach + 1), row by row. Only as many rows are in memory as
 * the square is high.
 * @param plane one channel
 * @returns computes one row; the result is valid until the next call
 */
export function nearby({ data, width, height }: Pixels, reach: number): (y: number) => Nearby {
  const pair = (): Nearby => ({ least: new Uint8Array(width), most: new Uint8Array(width) });
  const rows = Array.from({ length: 2 * reach + 1 }, () => ({ y: -1, ...pair() }));
  const out = pair();
  const rowAt = (y: number): Nearby => {
    const row = rows[y % rows.length] as (typeof rows)[number];
    if (row.y !== y) acrossRow(data.subarray(y * width, (y + 1) * width), reach, row);
    row.y = y;
    return row;
  };
  return (y) => {
    const first = Math.max(0, y - reach);
    const { least, most } = rowAt(first);
    out.least.set(least);
    out.most.set(most);
    for (let other = first + 1; other <= Math.min(height - 1, y + reach); other++) widen(out, rowAt(other));
    return out;
  };
}

/** Includes the minimum and maximum of another row. */
function widen({ least, most }: Nearby, other: Nearby): void {
  for (let x = 0; x < least.length; x++) {
    const low = other.least[x] as number;
    const high = other.most[x] as number;
    if (low < (least[x] as number)) least[x] = low;
    if (high > (most[x] as number)) most[x] = high;
  }
}

function acrossRow(row: Uint8Array, reach: number, { least, most }: Nearby): void {
  const end = row.length - 1;
  for (let x = 0; x <= end; x++) {
    let low = row[x] as number;
    let high = low;
    for (let at = Math.max(0, x - reach); at <= Math.min(end, x + reach); at++) {
      const level = row[at] as number;
      if (level < low) low = level;
      if (level > high) high = level;
    }
    least[x] = low;
    most[x] = high;
  }
}
