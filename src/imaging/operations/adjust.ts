import * as z from 'zod';
import { numberOption } from '#platform/options';
import { defineOperation, SLOT } from '../operation.ts';

const factor = numberOption({ min: 0, max: 10 }).default(1);

const options = z.object({
  brightness: factor.describe('factor; 1 changes nothing'),
  saturation: factor.describe('factor; 0 takes all colour away'),
  hue: numberOption({ min: -360, max: 360, unit: 'degrees' }).default(0).describe('turns the colour wheel'),
  gamma: numberOption({ min: 0.34, max: 3 })
    .default(1)
    .describe('above 1 lightens the middle tones, below darkens them'),
});

/** Brightness, saturation and hue in LCh; gamma on the encoded values, white and black staying where they are. */
export const adjust = defineOperation({
  summary: 'Adjust brightness, saturation, hue and gamma',
  options,
  slot: () => SLOT.alone,
  bound: (before) => before,
  apply: (graph, { brightness, saturation, hue, gamma }) => {
    const modulated =
      brightness === 1 && saturation === 1 && hue === 0 ? graph : graph.modulate({ brightness, saturation, hue });
    if (gamma === 1) return modulated;
    // sharp darkens by its first figure before its work and lightens by the second after it.
    return gamma > 1 ? modulated.gamma(1, gamma) : modulated.gamma(1 / gamma, 1);
  },
});
