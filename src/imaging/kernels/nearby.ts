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
  const rows = new Map<number, Nearby>();
  const out = { least: new Uint8Array(width), most: new Uint8Array(width) };
  const rowAt = (y: number): Nearby => {
    const known = rows.get(y);
    if (known) return known;
    const row = acrossRow(data.subarray(y * width, (y + 1) * width), reach);
    rows.set(y, row);
    return row;
  };
  return (y) => {
    out.least.fill(255);
    out.most.fill(0);
    for (const held of rows.keys()) if (Math.abs(held - y) > reach) rows.delete(held);
    for (let other = Math.max(0, y - reach); other <= Math.min(height - 1, y + reach); other++) {
      const { least, most } = rowAt(other);
      for (let x = 0; x < width; x++) {
        if ((least[x] as number) < (out.least[x] as number)) out.least[x] = least[x] as number;
        if ((most[x] as number) > (out.most[x] as number)) out.most[x] = most[x] as number;
      }
    }
    return out;
  };
}

function acrossRow(row: Uint8Array, reach: number): Nearby {
  const least = Uint8Array.from(row);
  const most = Uint8Array.from(row);
  for (let by = 1; by <= reach; by++) {
    for (let x = 0; x < row.length; x++) {
      const [left, right] = [row[Math.max(0, x - by)] as number, row[Math.min(row.length - 1, x + by)] as number];
      if (left < (least[x] as number)) least[x] = left;
      if (right < (least[x] as number)) least[x] = right;
      if (left > (most[x] as number)) most[x] = left;
      if (right > (most[x] as number)) most[x] = right;
    }
  }
  return { least, most };
}
