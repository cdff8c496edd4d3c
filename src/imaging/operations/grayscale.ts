import { z } from 'zod';
import { defineOperation, SLOT } from '../operation.ts';

/** Luminance only; three equal channels, so that later steps may paint in colour. */
export const grayscale = defineOperation({
  summary: 'Turn gray',
  options: z.object({}),
  slot: () => SLOT.colour,
  bound: (before) => before,
  apply: (graph) => graph.grayscale(),
});
