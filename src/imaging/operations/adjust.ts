import * as z from 'zod';
import { numberOption } from '#contract/options';
import { defineOperation, ORDER } from '../operation.ts';

const factor = numberOption({ min: 0, max: 10 }).default(1);

const options = z.object({
  brightness: factor.describe('factor; 1 changes nothing'),
  saturation: factor.describe('factor; 0 takes all colour away'),
  hue: numberOption({ min: -360, max: 360, int: true, unit: 'degrees' }).default(0).describe('turns the colour wheel'),
  gamma: numberOption({ min: 0.34, max: 3 })
    .default(1)
    .describe('above 1 lightens the middle tones, below darkens them'),
});

/**
 * Brightness, saturation and hue in LCh; gamma on the encoded values, where white and black stay. Brightness below 1
 * also reduces chroma, down to black at 0.
 */
export const adjust = defineOperation({
  summary: 'Adjust brightness, saturation, hue and gamma',
  examples: ['brightness=1.2,saturation=0.5', 'gamma=1.8'],
  options,
  order: () => ORDER.alone,
  held: () => 2.7,
  maxOutputSize: (before) => before,
  apply: (graph, { brightness, saturation, hue, gamma }) => {
    // With full chroma, dark colours would look too vivid, and 0 would not be black.
    const chroma = saturation * Math.min(1, brightness);
    const modulated =
      brightness === 1 && chroma === 1 && hue === 0 ? graph : graph.modulate({ brightness, saturation: chroma, hue });
    if (gamma === 1) return modulated;
    // sharp applies its first exponent, which darkens, before the other operations, and the second, which lightens,
    // after them.
    return gamma > 1 ? modulated.gamma(1, gamma) : modulated.gamma(1 / gamma, 1);
  },
});
