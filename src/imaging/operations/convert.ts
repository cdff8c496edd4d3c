import * as z from 'zod';
import { colourOption, enumOption, numberOption } from '#contract/options';
import { defineOperation, ORDER } from '../operation.ts';

/** What can come out. `auto` is negotiated by whoever knows what the receiver accepts. */
export const OUTPUT_FORMATS = ['jpeg', 'png', 'webp', 'avif'] as const;
export type OutputFormat = (typeof OUTPUT_FORMATS)[number];

/** How the result is encoded; also offered beside every other operation's own options. */
export const convertOptions = z.object({
  format: enumOption([...OUTPUT_FORMATS, 'auto'])
    .optional()
    .describe("without it the input's own (GIF and TIFF: PNG)"),
  quality: numberOption({ min: 1, max: 100, int: true })
    .optional()
    .describe(
      'of jpeg, webp and avif; without it 85, 80 and 55, and for a JPEG that is only turned, mirrored, cut or padded the one it came with',
    ),
  matte: colourOption()
    .optional()
    .describe('what shows through transparency where the format has none (jpeg); white without it'),
});

/** Changes no pixel: the encoder reads these options when the chain is done; a later one overrules. */
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
