import * as z from 'zod';
import { colourOption, enumOption, numberOption } from '#contract/options';
import { defineOperation, ORDER } from '../operation.ts';

const options = z.object({
  angle: numberOption({ min: -3600, max: 3600, unit: 'degrees, clockwise' }).default(90),
  direction: enumOption(['cw', 'ccw']).default('cw').describe('ccw counts the angle counter-clockwise'),
  background: colourOption().prefault('transparent').describe('fills the corners unless the angle is a multiple of 90'),
});

/** Clockwise angle in [0, 360). */
function clockwise({ angle, direction }: z.output<typeof options>): number {
  const turned = (direction === 'ccw' ? -angle : angle) % 360;
  return turned < 0 ? turned + 360 : turned + 0;
}

function isTurn(chosen: z.output<typeof options>): boolean {
  return clockwise(chosen) % 90 === 0;
}

/** Rotates a picture. Multiples of 90° only move pixels; other angles enlarge the canvas and resample. */
export const rotate = defineOperation({
  summary: 'Rotate by degrees clockwise; multiples of 90 are exact',
  examples: ['90', '180', '30,background=ff0000'],
  options,
  // After a resampling rotation, the next step must know the exact size, so the rotation does not share a graph.
  order: (chosen) => (isTurn(chosen) ? ORDER.rotate : ORDER.alone),
  exact: isTurn,
  held: (chosen) => (isTurn(chosen) ? 3.3 : 3.2),
  maxOutputSize: ({ width, height }, chosen) => {
    const radians = (clockwise(chosen) * Math.PI) / 180;
    const [sin, cos] = [Math.abs(Math.sin(radians)), Math.abs(Math.cos(radians))];
    // The small tolerance keeps right angles, whose cosine is 6e-17, from gaining a pixel.
    return {
      width: Math.ceil(width * cos + height * sin - 1e-6),
      height: Math.ceil(width * sin + height * cos - 1e-6),
    };
  },
  addsAlpha: (chosen) => !isTurn(chosen),
  apply: (graph, chosen) =>
    clockwise(chosen) === 0 ? graph : graph.rotate(clockwise(chosen), { background: chosen.background }),
});
