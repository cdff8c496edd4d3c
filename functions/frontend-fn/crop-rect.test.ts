import { describe, expect, test } from 'vitest';
import { HANDLES, moved, ofShape, type Rect, resized } from './page/crop-rect.ts';

/* The rectangle of a crop: whatever is dragged, it stays in the picture and keeps its shape. */

const picture = { width: 300, height: 200 };
const rect: Rect = { left: 50, top: 40, width: 120, height: 80 };

function expectInside({ left, top, width, height }: Rect): void {
  expect([left, top, width, height].every(Number.isInteger)).toBe(true);
  expect(Math.min(left, top)).toBeGreaterThanOrEqual(0);
  expect(Math.min(width, height)).toBeGreaterThanOrEqual(1);
  expect(left + width).toBeLessThanOrEqual(picture.width);
  expect(top + height).toBeLessThanOrEqual(picture.height);
}

test('moved, it keeps its size and stops at the border', () => {
  expect(moved(rect, 10, -5, picture)).toEqual({ left: 60, top: 35, width: 120, height: 80 });
  expect(moved(rect, 999, 999, picture)).toEqual({ left: 180, top: 120, width: 120, height: 80 });
  expect(moved(rect, -999, -999, picture)).toEqual({ left: 0, top: 0, width: 120, height: 80 });
});

test('a side that is dragged leaves the others where they are', () => {
  expect(resized(rect, 'e', 10, 99, picture)).toEqual({ ...rect, width: 130 });
  expect(resized(rect, 'w', 10, 99, picture)).toEqual({ ...rect, left: 60, width: 110 });
  expect(resized(rect, 'nw', -10, -10, picture)).toEqual({ left: 40, top: 30, width: 130, height: 90 });
  expect(resized(rect, 's', 0, 20, picture)).toEqual({ ...rect, height: 100 });
});

describe.each([undefined, 1, 16 / 9, 9 / 16])('of shape %s', (ratio) => {
  test.each(HANDLES)('%s', (handle) => {
    for (const [dx, dy] of [
      [7, 3],
      [-13, 29],
      [999, 999],
      [-999, -999],
      [999, -999],
      [-999, 999],
    ] as const) {
      const made = resized(ratio === undefined ? rect : ofShape(rect, ratio, picture), handle, dx, dy, picture, ratio);
      expectInside(made);
      if (ratio !== undefined && Math.min(made.width, made.height) > 20)
        expect(Math.abs(made.width - made.height * ratio)).toBeLessThanOrEqual(ratio);
    }
  });

  test('chosen for a rectangle, it stays around its middle', () => {
    const made = ofShape(rect, ratio, picture);
    expectInside(made);
    expect(Math.abs(made.left + made.width / 2 - 110)).toBeLessThanOrEqual(1);
    expect(Math.abs(made.top + made.height / 2 - 80)).toBeLessThanOrEqual(1);
  });
});
