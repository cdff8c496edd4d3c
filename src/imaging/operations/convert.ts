import * as z from 'zod';
import { colourOption, enumOption, numberOption } from '#contract/options';
import { defineOperation, ORDER } from '../operation.ts';

/** Output formats. `auto` is resolved by the caller, who knows what the client accepts. */
export const OUTPUT_FORMATS = ['jpeg', 'png', 'webp', 'avif'] as const;
export type OutputFormat = (typeof OUTPUT_FORMATS)[number];

/** Options of the encoder; also accepted beside the options of every other operation. */
export const convertOptions = z.object({
  format: enumOption([...OUTPUT_FORMATS, 'auto'])
    .optional()
    .describe('that of the input by default (PNG for GIF and TIFF)'),
  quality: numberOption({ min: 1, max: 100, int: true })
    .optional()
    .describe(
      'for jpeg, webp and avif; 85, 80 and 55 by default, or that of the input for a JPEG that is only rotated, ' +
        'mirrored, cropped or padded',
    ),
  matte: colourOption()
    .optional()
    .describe('background for transparency if the format has none (jpeg); white by default'),
});

/** Changes no pixel. The encoder reads these options at the end of the chain; a later step overrides an earlier one. */
export const convert = defineOperation({
  summary: 'Change the format or its quality',
  examples: ['png'],
  options: convertOptions,
  order: () => ORDER.output,
  exact: () => true,
  held: () => 2,
  maxOutputSize: (before) => before,
  apply: (graph) => graph,
});
