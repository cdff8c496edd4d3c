import { expect, test } from 'vitest';
import { keptAround, placeIn } from './page/focus-point.ts';

/* The focal point of a resize: where it is, and what is kept around it. */

test('a point stays in the picture', () => {
  expect(placeIn(-0.2, 1.7)).toEqual({ x: 0, y: 1 });
  expect(placeIn(1 / 3, 0.5)).toEqual({ x: 0.3333, y: 0.5 });
});

test.each([
  [0.5, 0.25],
  [0, 0],
  [0.3, 0.05],
  [1, 0.5],
])('of a wide picture, half is kept around %d from %d', (x, left) => {
  const kept = keptAround({ x, y: 0.5 }, { width: 100, height: 100 }, { width: 600, height: 300 });
  expect(kept.left).toBeCloseTo(left, 9);
  expect({ ...kept, left }).toEqual({ left, top: 0, width: 0.5, height: 1 });
});

test('a box of the same shape keeps everything, whatever the point', () => {
  for (const x of [0, 0.4, 1]) {
    const kept = keptAround({ x, y: x }, { width: 1200, height: 800 }, { width: 300, height: 200 });
    for (const [side, value] of Object.entries({ left: 0, top: 0, width: 1, height: 1 }))
      expect(kept[side as keyof typeof kept], side).toBeCloseTo(value, 9);
  }
});
